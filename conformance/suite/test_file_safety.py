"""The file store among stray and broken files, after a crash, and against ids and keys that lead out of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.files import litter, new_experiment_id, new_run_id, run_file
from storeproof.stores import Metric, Param, RunStatus, Tag, TrackingStore, ViewType

ANY_CODE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "TEMPORARILY_UNAVAILABLE")
"""The specification leaves open with what code a broken entry is refused, as long as it is refused."""

STRAY_NAMES = (".DS_Store", "Thumbs.db", "notes.txt", "meta.yaml~", ".meta.yaml.swp", "desktop.ini")

BROKEN_FILES = {
    "empty": b"",
    "blank": b"\n \n",
    "cut": b"artifact_location: file:///x\ncreation_ti",
    "no YAML": b"{[: - '",
    "no text": b"\xff\xfe\x00\x01",
    "NULs": b"\0" * 200,
    "a list": b"- a\n- b\n",
    "one word": b"meta",
    "no fields": b"{}\n",
    "fields of other types": b"experiment_id: [1]\nrun_id: {a: 1}\nname: 5.5\nlifecycle_stage: gone\n",
}
"""What a crash, a full disk or an editor leaves of a meta.yaml."""


def run_with_content(probe: Probe, experiment: str) -> str:
    """A run with a param, a tag and a metric."""
    run = probe.run(experiment)
    probe.store.log_batch(run, [Metric("m", 1.0, 1, 1)], [Param("p", "1")], [Tag("t", "1")])
    return run


def sees_content(probe: Probe, experiment: str, run: str) -> None:
    """The experiment and its one good run are found in every way and have all that they had."""
    for found in (probe.store.get_run(run), *probe.store.search_runs([experiment]).items):
        read = probe.see(found)
        read.info.run_id.equals(run)
        read.params.equals({"p": "1"})
        read.metrics.equals({"m": Metric("m", 1.0, 1, 1)})
        read.tags.equals({"t": "1", "mlflow.runName": "first"})
    searched = probe.see(probe.store.search_runs([experiment], ViewType.ALL))
    searched.items.each("info.run_id").equals([run])
    probe.see(probe.store.get_experiment(experiment)).lifecycle_stage.equals("active")
    everywhere = probe.store.search_experiments(ViewType.ALL, 50_000)
    probe.see(everywhere).items.each("experiment_id").contains(experiment)


# Stray and broken files


@clause("FILE-JUNK")
def test_stray_files_hide_and_break_nothing(probe: Probe) -> None:
    """In the root, the trash, an experiment's and a run's folder."""
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    folders: tuple[list[str], ...] = ([], [".trash"], [experiment], [experiment, run])
    with litter(probe, *([*folder, name] for folder in folders for name in STRAY_NAMES)):
        sees_content(probe, experiment, run)
        probe.store.log_param(run, Param("new", "1"))
        probe.see(probe.store.get_run(run)).params.equals({"p": "1", "new": "1"})
        probe.store.create_experiment(probe.name("new"))


@clause("FILE-JUNK")
def test_stray_folders_hide_and_break_nothing(probe: Probe) -> None:
    """MLflow 3 puts some of its own beside the experiments and the runs."""
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    names = ("models", "traces", ".git", "New folder", "42x")
    folders: tuple[list[str], ...] = ([], [experiment], [experiment, run])
    with litter(probe, *([*folder, name, "file"] for folder in folders for name in names)):
        sees_content(probe, experiment, run)
        probe.store.create_experiment(probe.name("new"))


@clause("FILE-JUNK")
def test_a_run_whose_meta_yaml_is_broken_hides_no_other(probe: Probe) -> None:
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    for content in probe.cases(BROKEN_FILES.values()):
        with litter(probe, [experiment, new_run_id(), "meta.yaml"], content=content):
            sees_content(probe, experiment, run)


@clause("FILE-JUNK")
def test_a_broken_run_is_refused_by_name(probe: Probe) -> None:
    """Reading it gives a clear error that names it, not a crash and not half a run."""
    experiment, broken = probe.experiment(), new_run_id()
    for content in probe.cases(BROKEN_FILES.values()):
        with litter(probe, [experiment, broken, "meta.yaml"], content=content):
            probe.refused(*ANY_CODE).get_run(broken)
            refusal = probe.refusal
            probe.see(refusal).message.matches(f"(?s).*{broken}.*")


@clause("FILE-JUNK")
def test_the_meta_yaml_of_another_run_makes_no_second_one_of_it(probe: Probe) -> None:
    """A folder that was copied by hand."""
    experiment = probe.experiment()
    run, copied = run_with_content(probe, experiment), new_run_id()
    content = run_file(experiment, run)
    with litter(probe, [experiment, copied, "meta.yaml"], content=content):
        sees_content(probe, experiment, run)
        probe.refused(*ANY_CODE).get_run(copied)


@clause("FILE-JUNK")
def test_an_experiment_whose_meta_yaml_is_broken_hides_no_other(probe: Probe) -> None:
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    for content in probe.cases(BROKEN_FILES.values()):
        broken = new_experiment_id()
        with litter(probe, [broken, "meta.yaml"], content=content):
            sees_content(probe, experiment, run)
            probe.refused(*ANY_CODE).get_experiment(broken)
            probe.store.create_experiment(probe.name(f"-{broken}"))


@clause("FILE-JUNK")
def test_a_broken_entry_hides_no_other_of_its_run(probe: Probe) -> None:
    """A value that is no UTF-8, a name that is no key."""
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    disk = probe.disk()
    for kind in ("params", "tags"):
        disk.put([experiment, run, kind, "broken"], b"\xff\xfe")
        disk.put([experiment, run, kind, "no*key"], "1")
        disk.put([experiment, run, kind, "folder", "e\u0301"], "1")
    read = probe.see(probe.store.get_run(run))
    read.params["p"].equals("1")
    read.tags["t"].equals("1")
    read.metrics.equals({"m": Metric("m", 1.0, 1, 1)})
    searched = probe.see(probe.store.search_runs([experiment]))
    searched.items[0].params["p"].equals("1")


@clause("FILE-JUNK")
def test_a_broken_line_hides_no_other_point(probe: Probe) -> None:
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    disk = probe.disk()
    lines = b"\nx y z\n5\n6 one 1\n1.5 2.0 1\n\xff\xfe 1 1\n9 2.0 2\n"
    disk.append([experiment, run, "metrics", "m"], lines)
    disk.put([experiment, run, "metrics", "empty"], "")
    points = [Metric("m", 1.0, 1, 1), Metric("m", 2.0, 9, 2)]
    probe.see(probe.store.get_metric_history(run, "m")).items.is_some_order_of(points)
    read = probe.see(probe.store.get_run(run))
    read.metrics.equals({"m": points[1]})
    read.params.equals({"p": "1"})


# After a crash


@clause("FILE-CRASH")
def test_an_acknowledged_write_is_in_its_file_at_once(probe: Probe) -> None:
    """Not when the store is closed, which a killed process does not do."""
    experiment = probe.experiment()
    run, disk = probe.run(experiment), probe.disk()
    probe.store.log_param(run, Param("p", "1"))
    probe.see(disk.get_text([experiment, run, "params", "p"])).equals("1")
    probe.store.set_tag(run, Tag("t", "1"))
    probe.see(disk.get_text([experiment, run, "tags", "t"])).equals("1")
    for step in (1, 2):
        probe.store.log_metric(run, Metric("m", 1.0, 1, step))
        lines = "".join(f"1 1.0 {each}\n" for each in range(1, step + 1))
        probe.see(disk.get_text([experiment, run, "metrics", "m"])).equals(lines)
    probe.store.update_run_info(run, RunStatus.FAILED)
    probe.see(disk.get_yaml([experiment, run, "meta.yaml"]))["status"].equals(4)
    probe.store.rename_experiment(experiment, probe.name("renamed"))
    probe.see(disk.get_yaml([experiment, "meta.yaml"]))["name"].equals(probe.name("renamed"))


@clause("FILE-CRASH")
def test_an_acknowledged_write_is_seen_by_a_store_opened_before_the_first_is_closed(
    probe: Probe,
) -> None:
    run = probe.run()
    probe.store.log_batch(run, [Metric("m", 1.0, 1)], [Param("p", "1")], [Tag("t", "1")])
    read = probe.see(probe.reopen().get_run(run))
    read.params.equals({"p": "1"})
    read.metrics.equals({"m": Metric("m", 1.0, 1)})
    read.tags["t"].equals("1")


HALF_LINES = ("2", "2 ", "2 2", "2 2.", "2 2.0 1", "2 2.0 -")
"""How far a line may have come when its writer was killed."""


@clause("FILE-CRASH")
def test_half_a_metric_line_is_no_point(probe: Probe) -> None:
    """A line counts when its end is there: `2 2.` was on its way to be `2 2.75 30`."""
    experiment = probe.experiment()
    disk = probe.disk()
    for half in probe.cases(HALF_LINES):
        run = run_with_content(probe, experiment)
        disk.append([experiment, run, "metrics", "m"], half)
        history = probe.see(probe.store.get_metric_history(run, "m"))
        history.items.equals((Metric("m", 1.0, 1, 1),))
        probe.see(probe.store.get_run(run)).metrics.equals({"m": Metric("m", 1.0, 1, 1)})


@clause("FILE-CRASH")
def test_a_point_logged_after_half_a_line_is_whole(probe: Probe) -> None:
    """Appended behind the half line it would be another point, or none."""
    experiment = probe.experiment()
    disk = probe.disk()
    new = Metric("m", 3.0, 3, 3)
    for half in probe.cases(HALF_LINES):
        run = run_with_content(probe, experiment)
        disk.append([experiment, run, "metrics", "m"], half)
        probe.store.log_metric(run, new)
        history = probe.see(probe.store.get_metric_history(run, "m"))
        history.items.is_some_order_of([Metric("m", 1.0, 1, 1), new])
        probe.see(probe.store.get_run(run)).metrics.equals({"m": new})


# Out of the store's folder

UNKNOWN = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")

Call = Callable[[TrackingStore, str], object]

RUN_CALLS: tuple[Call, ...] = (
    lambda store, run: store.get_run(run),
    lambda store, run: store.get_metric_history(run, "m"),
    lambda store, run: store.log_param(run, Param("p2", "1")),
    lambda store, run: store.log_metric(run, Metric("m2", 1.0, 1)),
    lambda store, run: store.set_tag(run, Tag("t2", "1")),
    lambda store, run: store.delete_tag(run, "t"),
    lambda store, run: store.update_run_info(run, RunStatus.FAILED),
    lambda store, run: store.delete_run(run),
    lambda store, run: store.restore_run(run),
)

EXPERIMENT_CALLS: tuple[Call, ...] = (
    lambda store, experiment: store.get_experiment(experiment),
    lambda store, experiment: store.rename_experiment(experiment, "renamed"),
    lambda store, experiment: store.set_experiment_tag(experiment, Tag("t2", "1")),
    lambda store, experiment: store.create_run(experiment),
    lambda store, experiment: store.delete_experiment(experiment),
    lambda store, experiment: store.restore_experiment(experiment),
)


@clause("FILE-CONFINED")
def test_a_path_is_no_run_id(probe: Probe) -> None:
    """Joined to a folder's path each of these leads to a run's folder, or to another one."""
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    ways = ("../{0}/{1}", "./{1}", "{1}/", "{1}/.", "{1}/../{1}", "x/../{1}", "{2}/{0}/{1}")
    paths = [way.format(experiment, run, probe.place.folder()) for way in ways]
    for path in probe.cases((*paths, "..", ".", "", "/")):
        for call in RUN_CALLS:
            call(probe.refused(*UNKNOWN), path)
        sees_content(probe, experiment, run)


@clause("FILE-CONFINED")
def test_a_path_is_no_experiment_id(probe: Probe) -> None:
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    ways = ("./{0}", "{0}/", "{0}/.", "{0}/../{0}", ".trash/../{0}", "{1}/{0}")
    paths = [way.format(experiment, probe.place.folder()) for way in ways]
    for path in probe.cases((*paths, ".trash", "..", ".", "", "/")):
        for call in EXPERIMENT_CALLS:
            call(probe.refused(*UNKNOWN), path)
        sees_content(probe, experiment, run)


@clause("FILE-CONFINED")
def test_a_key_makes_no_file_outside_its_run(probe: Probe) -> None:
    experiment = probe.experiment()
    run, disk = probe.run(experiment), probe.disk()
    mark = probe.name("outside")
    for up in probe.cases(("..", "../..", "../../..", "../../../..", "x/../..", ".")):
        key = f"{up}/{mark}"
        probe.refused("INVALID_PARAMETER_VALUE").log_param(run, Param(key, "1"))
        probe.refused("INVALID_PARAMETER_VALUE").log_metric(run, Metric(key, 1.0, 1))
        probe.refused("INVALID_PARAMETER_VALUE").set_tag(run, Tag(key, "1"))
        probe.refused("INVALID_PARAMETER_VALUE").set_experiment_tag(experiment, Tag(key, "1"))
        for folder in ([experiment, run], [experiment], [], [".."]):
            probe.see(disk.get_names(folder)).lacks(mark)


@clause("FILE-CONFINED")
def test_a_name_makes_no_file(probe: Probe) -> None:
    """Names are content; folders are named by ids."""
    disk = probe.disk()
    mark = probe.name("outside")
    for up in probe.cases(("", "../", "../../", "/")):
        experiment = probe.store.create_experiment(f"{up}{mark}")
        run = probe.store.create_run(experiment, f"{up}{mark}", run_name=f"{up}{mark}")
        for folder in ([experiment, run.info.run_id], [experiment], [], [".."]):
            probe.see(disk.get_names(folder)).lacks(mark)


@clause("FILE-CONFINED")
def test_a_link_in_a_run_leads_to_no_file_outside(probe: Probe) -> None:
    """Whoever may write into the store must not read all that its server may read."""
    experiment = probe.experiment()
    run = run_with_content(probe, experiment)
    disk = probe.disk()
    disk.link([experiment, run, "params", "file"], os.__file__)
    disk.link([experiment, run, "tags", "folder"], str(Path(os.__file__).parent))
    sees_content(probe, experiment, run)
