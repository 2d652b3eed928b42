"""Two sessions that take turns in a fixed order, in the manner of hermitage: what each sees of the other (CONC-*).

A session is a store object of its own. What one has acknowledged the other must see, whatever it
has read before: nothing may be remembered that the other can change.
"""

from __future__ import annotations

from storeproof.conformance.marks import clause
from storeproof.conformance.probe import Probe
from storeproof.conformance.suite.registering import SOURCE, model
from storeproof.stores import LifecycleStage, Metric, Param, Tag

IPV = "INVALID_PARAMETER_VALUE"


@clause("CONC-METRIC")
def test_a_latest_value_that_was_read_does_not_hide_a_later_one(probe: Probe) -> None:
    """Lost update: both have seen the same latest value when they write."""
    other = probe.reopen()
    run = probe.run()
    probe.store.log_metric(run, Metric("m", 1.0, 1, 1))
    other.get_run(run)
    probe.store.get_run(run)
    other.log_metric(run, Metric("m", 3.0, 1, 3))
    probe.store.log_metric(run, Metric("m", 2.0, 1, 2))
    probe.see(probe.store.get_run(run)).metrics["m"].equals(Metric("m", 3.0, 1, 3))
    probe.see(other.get_run(run)).metrics["m"].equals(Metric("m", 3.0, 1, 3))


@clause("CONC-METRIC")
def test_a_history_that_was_read_grows_by_what_the_other_writes(probe: Probe) -> None:
    other = probe.reopen()
    run = probe.run()
    probe.store.get_metric_history(run, "m")
    other.log_metric(run, Metric("m", 1.0, 1, 1))
    probe.see(probe.store.get_metric_history(run, "m")).items.length().equals(1)
    probe.store.log_metric(run, Metric("m", 2.0, 2, 2))
    probe.see(other.get_metric_history(run, "m")).items.length().equals(2)


@clause("CONC-TAG")
def test_a_tag_that_was_read_is_replaced_by_the_last_to_write(probe: Probe) -> None:
    other = probe.reopen()
    run = probe.run()
    probe.store.set_tag(run, Tag("t", "1"))
    other.get_run(run)
    probe.store.set_tag(run, Tag("t", "2"))
    other.set_tag(run, Tag("t", "3"))
    probe.see(probe.store.get_run(run)).tags["t"].equals("3")
    other.delete_tag(run, "t")
    probe.see(probe.store.get_run(run)).tags.lacks("t")


@clause("CONC-PARAM")
def test_a_param_that_was_not_there_when_it_was_read_is_not_written_over(probe: Probe) -> None:
    """Both have seen that there is none; the second is refused all the same."""
    other = probe.reopen()
    run = probe.run()
    probe.store.get_run(run)
    other.get_run(run)
    other.log_param(run, Param("p", "1"))
    probe.refused(IPV).log_param(run, Param("p", "2"))
    probe.see(probe.store.get_run(run)).params.equals({"p": "1"})


@clause("CONC-CREATE")
def test_a_name_that_was_free_when_it_was_looked_for_is_taken(probe: Probe) -> None:
    """Write skew on names: both have seen that it is free."""
    other = probe.reopen()
    name = probe.name("-wanted")
    probe.store.get_experiment_by_name(name)
    other.get_experiment_by_name(name)
    experiment = other.create_experiment(name)
    probe.refused("RESOURCE_ALREADY_EXISTS").create_experiment(name)
    probe.see(probe.store.get_experiment_by_name(name)).experiment_id.equals(experiment)


@clause("CONC-CREATE")
def test_a_name_that_the_other_gave_up_is_free(probe: Probe) -> None:
    other = probe.reopen()
    name = probe.name("-left")
    experiment = probe.experiment(name)
    probe.store.get_experiment_by_name(name)
    other.rename_experiment(experiment, probe.name("-moved"))
    again = probe.store.create_experiment(name)
    probe.see(other.get_experiment_by_name(name)).experiment_id.equals(again)


@clause("RUN-DELETED-WRITES", "CONC-ERRORS")
def test_a_run_that_the_other_deleted_takes_no_write(probe: Probe) -> None:
    other = probe.reopen()
    run = probe.run()
    probe.store.get_run(run)
    other.delete_run(run)
    probe.refused(IPV).log_param(run, Param("p", "1"))


@clause("RUN-DELETE", "CONC-ERRORS")
def test_a_run_that_the_other_restored_is_seen_so_and_written_to(probe: Probe) -> None:
    other = probe.reopen()
    run = probe.run()
    other.delete_run(run)
    probe.store.get_run(run)
    other.restore_run(run)
    seen = probe.see(probe.store.get_run(run))
    seen.info.lifecycle_stage.equals(LifecycleStage.ACTIVE)
    probe.store.log_param(run, Param("p", "1"))
    probe.see(other.get_run(run)).params.equals({"p": "1"})


@clause("CONC-ERRORS", "EXP-DELETE")
def test_a_run_created_while_the_other_looked_goes_with_its_experiment(probe: Probe) -> None:
    other = probe.reopen()
    experiment = probe.experiment()
    other.search_runs([experiment])
    run = probe.run(experiment)
    other.delete_experiment(experiment)
    stage = LifecycleStage.DELETED
    probe.see(probe.store.get_run(run)).info.lifecycle_stage.equals(stage, clause="EXP-DELETE")


@clause("CONC-VERSION")
def test_a_number_that_the_other_took_is_passed_by(probe: Probe) -> None:
    other = probe.reopen()
    name = model(probe)
    probe.see(probe.store.create_model_version(name, SOURCE)).version.equals(1)
    probe.see(other.create_model_version(name, SOURCE)).version.equals(2)
    other.delete_model_version(name, 2)
    probe.see(probe.store.create_model_version(name, SOURCE)).version.equals(3)
