"""The file store's folders and files are MLflow's, both ways; what is not its own is left alone."""

from __future__ import annotations

import math

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.files import (
    experiment_file,
    new_experiment_id,
    new_run_id,
    put_run,
)
from storeproof.stores import Metric, Param, RunStatus, Tag, ViewType

# What we write


@clause("FILE-LAYOUT")
def test_an_experiment_is_a_folder_with_a_meta_yaml(probe: Probe) -> None:
    name = probe.name("план: [a] #b \n😀")  # without a quote, which EXP-NAME-ANY is about
    made = probe.store.create_experiment(name, "s3://bucket/place")
    document = probe.see(probe.disk().get_yaml([made, "meta.yaml"]))
    experiment = probe.store.get_experiment(made)
    document["artifact_location"].equals("s3://bucket/place")
    document["creation_time"].equals(experiment.creation_time)
    document["experiment_id"].equals(made)
    document["last_update_time"].equals(experiment.last_update_time)
    document["lifecycle_stage"].equals("active")
    document["name"].equals(name)


@clause("FILE-LAYOUT")
def test_a_tag_of_an_experiment_is_a_file_with_its_value(probe: Probe) -> None:
    made = probe.store.create_experiment(probe.name(), tags=[Tag("a", "1\r\n")])
    probe.store.set_experiment_tag(made, Tag("b/c", ""))
    disk = probe.disk()
    probe.see(disk.get_text([made, "tags", "a"])).equals("1\r\n")
    probe.see(disk.get_text([made, "tags", "b", "c"])).equals("")


@clause("FILE-LAYOUT")
def test_a_run_is_a_folder_with_a_meta_yaml_in_its_experiments_folder(probe: Probe) -> None:
    """The status is a number, the source type 4; MLflow 3 has no run_uuid any more, and reads both."""
    experiment = probe.experiment()
    run = probe.store.create_run(experiment, "ann", 1_600_000_000_000, run_name="first").info
    probe.store.update_run_info(run.run_id, RunStatus.FINISHED, 1_600_000_001_000)
    meta = probe.disk().get_yaml([experiment, run.run_id, "meta.yaml"])
    document = probe.see(meta)
    document["artifact_uri"].equals(run.artifact_uri)
    document["end_time"].equals(1_600_000_001_000)
    document["entry_point_name"].equals("")
    document["experiment_id"].equals(experiment)
    document["lifecycle_stage"].equals("active")
    document["run_id"].equals(run.run_id)
    document["run_name"].equals("first")
    if "run_uuid" in meta:
        document["run_uuid"].equals(run.run_id)
    document["source_name"].equals("")
    document["source_type"].equals(4)
    document["source_version"].equals("")
    document["start_time"].equals(1_600_000_000_000)
    document["status"].equals(3)
    document["tags"].equals([])
    document["user_id"].equals("ann")


@clause("FILE-LAYOUT")
def test_a_new_run_has_the_folders_without_which_it_is_none_to_mlflow_3(probe: Probe) -> None:
    experiment = probe.experiment()
    run = probe.run(experiment)
    names = probe.see(probe.disk().get_names([experiment, run]))
    for folder in ("artifacts", "metrics", "params"):
        names.contains(folder)


@clause("FILE-LAYOUT")
def test_a_running_run_has_no_end_time_and_each_status_its_number(probe: Probe) -> None:
    experiment = probe.experiment()
    run, disk = probe.run(experiment), probe.disk()
    document = probe.see(disk.get_yaml([experiment, run, "meta.yaml"]))
    document["end_time"].equals(None)
    document["status"].equals(1)
    for number, status in enumerate(("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"), 1):
        probe.store.update_run_info(run, RunStatus(status))
        meta = disk.get_yaml([experiment, run, "meta.yaml"])
        probe.see(meta)["status"].equals(number)


@clause("FILE-LAYOUT")
def test_params_and_tags_are_files_with_nothing_but_the_value(probe: Probe) -> None:
    """No line end added, none translated; a slash in the key makes a folder."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.log_batch(
        run,
        params=[Param("k", "1"), Param("a/b.c", "x\r\ny\n"), Param("empty", "")],
        tags=[Tag("t", "größe 😀"), Tag("d/e", " ")],
    )
    disk = probe.disk()
    probe.see(disk.get_text([experiment, run, "params", "k"])).equals("1")
    probe.see(disk.get_text([experiment, run, "params", "a", "b.c"])).equals("x\r\ny\n")
    probe.see(disk.get_text([experiment, run, "params", "empty"])).equals("")
    probe.see(disk.get_text([experiment, run, "tags", "t"])).equals("größe 😀")
    probe.see(disk.get_text([experiment, run, "tags", "d", "e"])).equals(" ")
    probe.see(disk.get_text([experiment, run, "tags", "mlflow.runName"])).equals("first")
    probe.store.delete_tag(run, "t")
    probe.see(disk.get_names([experiment, run, "tags"])).lacks("t")


@clause("FILE-LAYOUT")
def test_a_metric_is_a_file_with_a_line_for_each_point(probe: Probe) -> None:
    """Timestamp, value, step, each with nothing but a space between."""
    experiment = probe.experiment()
    run = probe.run(experiment)
    probe.store.log_metric(run, Metric("m/loss", 0.1, 5, 3))
    probe.store.log_batch(run, [Metric("m/loss", math.nan, 2**63 - 1, -1)])
    text = probe.see(probe.disk().get_text([experiment, run, "metrics", "m", "loss"]))
    text.matches("5 0.1 3\n9223372036854775807 (nan|NaN) -1\n")


@clause("FILE-LAYOUT")
def test_a_deleted_run_stays_in_its_place(probe: Probe) -> None:
    experiment = probe.experiment()
    run, disk = probe.run(experiment), probe.disk()
    probe.store.delete_run(run)
    document = probe.see(disk.get_yaml([experiment, run, "meta.yaml"]))
    document["lifecycle_stage"].equals("deleted")
    document["deleted_time"].between(1, 2**63 - 1)
    if probe.place.shows_deleted_time:
        document["deleted_time"].equals(probe.store.get_run(run).info.deleted_time)


@clause("FILE-LAYOUT")
def test_a_deleted_experiment_is_in_the_trash_and_a_restored_one_back(probe: Probe) -> None:
    experiment = probe.experiment()
    run, disk = probe.run(experiment), probe.disk()
    probe.store.delete_experiment(experiment)
    probe.see(disk.get_names([])).lacks(experiment)
    trashed = probe.see(disk.get_yaml([".trash", experiment, "meta.yaml"]))
    trashed["lifecycle_stage"].equals("deleted")
    probe.see(disk.get_names([".trash", experiment])).contains(run)
    probe.store.restore_experiment(experiment)
    probe.see(disk.get_names([".trash"])).lacks(experiment)
    probe.see(disk.get_yaml([experiment, "meta.yaml"]))["lifecycle_stage"].equals("active")


# What MLflow writes


@clause("FILE-LAYOUT")
def test_an_experiment_that_mlflow_wrote_is_read(probe: Probe) -> None:
    """A key of a later version is no reason to refuse it."""
    made, name, disk = new_experiment_id(), probe.name("by MLflow"), probe.disk()
    disk.put([made, "meta.yaml"], experiment_file(made, name, workspace="default"))
    disk.put([made, "tags", "a", "b"], "1\n")
    found = probe.see(probe.reopen().get_experiment(made))
    found.name.equals(name)
    found.artifact_location.equals(f"file:///elsewhere/{made}")
    found.lifecycle_stage.equals("active")
    found.creation_time.equals(1_700_000_000_000)
    found.last_update_time.equals(1_700_000_000_001)
    found.tags.equals({"a/b": "1\n"})
    by_name = probe.store.get_experiment_by_name(name)
    probe.see(by_name).experiment_id.equals(made)


@clause("FILE-LAYOUT")
def test_a_run_that_mlflow_wrote_is_read(probe: Probe) -> None:
    experiment, run, disk = probe.experiment(), new_run_id(), probe.disk()
    put_run(disk, experiment, run, status=3, end_time=9)
    disk.put([experiment, run, "params", "p"], "0.1")
    disk.put([experiment, run, "tags", "mlflow.runName"], "quiet-owl-1")
    store = probe.reopen()
    found = probe.see(store.get_run(run))
    found.info.run_name.equals("quiet-owl-1")
    found.info.user_id.equals("ann")
    found.info.status.equals("FINISHED")
    found.info.start_time.equals(5)
    found.info.end_time.equals(9)
    found.info.lifecycle_stage.equals("active")
    found.info.artifact_uri.equals(f"file:///elsewhere/{run}/artifacts")
    found.params.equals({"p": "0.1"})
    found.tags.equals({"mlflow.runName": "quiet-owl-1"})
    searched = probe.see(store.search_runs([experiment]))
    searched.items.each("info.run_id").equals([run])


@clause("FILE-LAYOUT")
def test_metric_lines_that_mlflow_wrote_are_read(probe: Probe) -> None:
    """Two fields are a point of step 0, and an infinity is one of those that METRIC-INF lets it be."""
    experiment, run, disk = probe.experiment(), new_run_id(), probe.disk()
    put_run(disk, experiment, run)
    lines = "5 1.5 -1\n6 0.25\n7 nan 3\n"
    disk.put([experiment, run, "metrics", "m", "loss"], lines)
    disk.put([experiment, run, "metrics", "top"], "1 inf 1\n")
    points = [
        Metric("m/loss", 1.5, 5, -1),
        Metric("m/loss", 0.25, 6),
        Metric("m/loss", math.nan, 7, 3),
    ]
    store = probe.reopen()
    probe.see(store.get_metric_history(run, "m/loss")).items.is_some_order_of(points)
    read = probe.see(store.get_run(run))
    read.metrics["m/loss"].equals(points[-1])
    read.metrics["top"].value.between(1.7976931348623157e308, math.inf)


@clause("FILE-LAYOUT")
def test_what_mlflow_deleted_is_read_as_deleted_and_can_be_restored(probe: Probe) -> None:
    made, run, disk = new_experiment_id(), new_run_id(), probe.disk()
    name = probe.name("deleted by MLflow")
    document = experiment_file(made, name, lifecycle_stage="deleted")
    disk.put([".trash", made, "meta.yaml"], document)
    moment = 1_700_000_000_009
    put_run(disk, made, run, ".trash", lifecycle_stage="deleted", deleted_time=moment)
    store = probe.reopen()
    probe.see(store.get_experiment(made)).lifecycle_stage.equals("deleted")
    found = probe.see(store.get_run(run))
    found.info.lifecycle_stage.equals("deleted")
    if probe.place.shows_deleted_time:
        found.info.deleted_time.equals(moment)
    searched = probe.see(store.search_runs([made], ViewType.DELETED_ONLY))
    searched.items.each("info.run_id").equals([run])
    store.restore_experiment(made)
    probe.see(store.get_experiment(made)).lifecycle_stage.equals("active")
    probe.see(store.get_run(run)).info.lifecycle_stage.equals("active")


@clause("FILE-LAYOUT")
def test_a_file_that_mlflow_wrote_meanwhile_is_seen_by_the_open_store(probe: Probe) -> None:
    """Both may work on one folder: what was read once must not be remembered for ever."""
    experiment = probe.experiment()
    run, disk = probe.run(experiment), probe.disk()
    probe.store.log_batch(run, [Metric("m", 1.0, 1, 1)], [Param("p", "1")], [Tag("t", "old")])
    probe.see(probe.store.get_run(run)).params.equals({"p": "1"})
    disk.put([experiment, run, "params", "q"], "2")
    disk.put([experiment, run, "tags", "t"], "new value")
    disk.append([experiment, run, "metrics", "m"], "2 2.0 2\n")
    read = probe.see(probe.store.get_run(run))
    read.params.equals({"p": "1", "q": "2"})
    read.tags["t"].equals("new value")
    read.metrics["m"].equals(Metric("m", 2.0, 2, 2))


@clause("FILE-LAYOUT")
def test_a_run_that_mlflow_wrote_can_be_written_to(probe: Probe) -> None:
    experiment, run, disk = probe.experiment(), new_run_id(), probe.disk()
    put_run(disk, experiment, run)
    disk.put([experiment, run, "params", "p"], "1")
    disk.put([experiment, run, "metrics", "m"], "1 1.0 1\n")
    store = probe.reopen()
    store.log_batch(run, [Metric("m", 2.0, 2, 2)], [Param("p", "1")], [Tag("t", "1")])
    store.update_run_info(run, RunStatus.KILLED)
    probe.see(disk.get_text([experiment, run, "metrics", "m"])).equals("1 1.0 1\n2 2.0 2\n")
    meta = disk.get_yaml([experiment, run, "meta.yaml"])
    probe.see(meta)["status"].equals(5)
