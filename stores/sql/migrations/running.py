"""Alembic led through the chain: on a connection, or printing SQL for an engine."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from storeproof.stores.errors import invalid
from storeproof.stores.sql.dialects import DIALECTS
from storeproof.stores.sql.migrations import initial
from storeproof.stores.sql.migrations.chain import CHAIN, INITIAL
from storeproof.stores.sql.migrations.engines import ALTERATIONS
from storeproof.stores.sql.migrations.step import WORK, Work

_DIALECT = "dialect"


def go(work: Work, start: str, end: str) -> None:
    """Take the database of the work's connection from one revision to another, up or down.

    The caller has begun a transaction, and ends it.
    """
    config = _config(work)
    if _position(start) <= _position(end):
        command.upgrade(config, end)
    else:
        command.downgrade(config, "base" if end == INITIAL else end)


def script(engine: str, start: str, end: str) -> str:
    """The SQL from one revision to another, for a person to run; `engine` is an address's scheme."""
    work = Work(ALTERATIONS[engine](), None, memory=initial.tables())
    lowest = min(start, end, key=_position)
    if lowest != INITIAL:
        # Up to where the script begins, for what must be known of the schema by then.
        command.upgrade(_config(work, engine), f"base:{lowest}", sql=True)
    if _position(start) > _position(end):
        command.upgrade(_config(work, engine), f"{lowest}:{start}", sql=True)
    printed = StringIO()
    config = _config(work, engine, printed)
    base = "base" if start == INITIAL else start
    if _position(start) <= _position(end):
        command.upgrade(config, f"{base}:{end}", sql=True)
    else:
        command.downgrade(config, f"{base}:{end}", sql=True)
    head = "".join(f"{statement};\n\n" for statement in work.alterations.script_head)
    return head + printed.getvalue()


def titles() -> dict[str, str]:
    """What each revision does, by its id, oldest first."""
    scripts = ScriptDirectory(str(Path(__file__).parent))
    return {revision: (scripts.get_revision(revision).doc or "").rstrip(".") for revision in CHAIN}


def run_revisions(context: Any) -> None:
    """What Alembic's environment does; `context` is its module of that name."""
    work = context.config.attributes.get(WORK)
    if work is None:
        raise invalid("The revisions are run by `storeproof db upgrade`, not by alembic.")
    options = {
        WORK: work,
        "on_version_apply": lambda step, **_: work.tell(
            f"{step.up_revision_id} {'done' if step.is_upgrade else 'undone'}: "
            f"{step.up_revision.doc}"
        ),
    }
    if work.connection is not None:
        context.configure(connection=work.connection, **options)
        context.run_migrations()
        return
    url = make_url(f"{context.config.attributes[_DIALECT]}://")
    context.configure(
        dialect_name=url.get_backend_name(),
        transactional_ddl=DIALECTS[url.get_backend_name()].transactional_ddl,
        literal_binds=True,
        as_sql=True,
        **options,
    )
    with context.begin_transaction():
        context.run_migrations()


def _config(work: Work, engine: str | None = None, printed: StringIO | None = None) -> Config:
    config = Config(output_buffer=printed or StringIO(), stdout=StringIO())
    here = str(Path(__file__).parent).replace("%", "%%")
    config.set_main_option("script_location", here)
    config.set_main_option("path_separator", "os")
    config.attributes[WORK] = work
    config.attributes[_DIALECT] = engine
    return config


def _position(revision: str) -> int:
    return (INITIAL, *CHAIN).index(revision)
