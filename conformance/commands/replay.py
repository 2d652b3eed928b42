"""replay: a failure that was saved, done again."""

from __future__ import annotations

import sys

import click

from storeproof.conformance.commands.common import USAGE, Refused, masking
from storeproof.conformance.commands.stores import opened

STATUSES = {"FIXED": 0, "FAILED": 1, "UNSEEN": USAGE, "ERROR": USAGE}


@click.command()
@click.argument("failure", metavar="FILE|ID")
@click.option("--store", help="Do it on this store instead of the one that failed.")
@click.option("--cache", help="Look for the ID in this folder's failures.")
@click.option("--script", is_flag=True, help="Print the script that shows it, and do nothing.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0.1),
    default=20.0,
    show_default=True,
    help="Seconds that one operation of a store may take; opening it, five times as long.",
)
@click.option("--insist", is_flag=True, help="Write into a store that has content.")
def replay(
    failure: str,
    store: str | None,
    cache: str | None,
    script: bool,
    time_limit: float,
    insist: bool,
) -> None:
    """Do a saved failure again and say FIXED (exit status 0), FAILED (1), UNSEEN or ERROR (2).

    A failure is named by its file or by the ID that a check prints. UNSEEN: clients race in it or
    are killed, and it was not seen again, which does not say that it is fixed. ERROR: it cannot be
    done to its end, so nothing is known.
    """
    from storeproof.conformance import saved
    from storeproof.conformance.masking import MissingSecret, revealed_address
    from storeproof.conformance.recording import Undecodable
    from storeproof.conformance.replay import replay as do_again

    try:
        found = saved.find(failure, saved.cache_folder(cache))
        if script:
            click.echo(found.script, nl=False)
            return
        spec = store or revealed_address(found.store)
        if not spec:
            raise Refused("It was seen on a store that a fixture gave: name a store by --store.")
        with opened(spec, insist, time_limit) as probe:
            answer = do_again(list(found.trace), probe, found.token)
    except (saved.NoSuchFailure, MissingSecret) as error:
        raise Refused(str(error)) from None
    except Undecodable as error:
        raise Refused(f"The trace of {failure} cannot be read: {error}.") from None
    shown = masking()
    click.echo(f"{answer.ending}  {found.clause} on {shown.text(store or found.store)}")
    if answer.ending == "FAILED":
        click.echo(f"  expected  {found.expected}")
        click.echo(f"  seen      {shown.text(answer.text)}")
    elif answer.text:
        click.echo(f"  {shown.text(answer.text)}")
    sys.exit(STATUSES[answer.ending])
