"""Stores that break one rule of texts and params each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rewriting import Misreading, Rewriting
from wrapper import Wrapper, breaks

from storeproof.stores.entities import Experiment, Metric, Param, Run, Tag, ViewType
from storeproof.stores.errors import StoreError, invalid
from storeproof.stores.search.query import experiment_query, run_query

# Texts


@breaks("TEXT-ROUNDTRIP")
class TrailingSpaceStripped(Rewriting):
    def text(self, text: str) -> str:
        return text.rstrip(" ")


@breaks("TEXT-ROUNDTRIP")
class LineEndsTranslated(Rewriting):
    def text(self, text: str) -> str:
        return text.replace("\r\n", "\n")


@breaks("TEXT-ROUNDTRIP")
class FourByteCharactersReplaced(Rewriting):
    def text(self, text: str) -> str:
        return "".join(each if ord(each) < 0x10000 else "?" for each in text)


@breaks("TEXT-ROUNDTRIP")
class CharactersComposed(Rewriting):
    def text(self, text: str) -> str:
        return unicodedata.normalize("NFC", text)


@breaks("TEXT-ROUNDTRIP")
class BackslashEscapes(Rewriting):
    def text(self, text: str) -> str:
        return text.replace("\\n", "\n")


@breaks("TEXT-ROUNDTRIP")
class ExperimentNamesStripped(Wrapper):
    def _create_experiment(
        self, name: str, artifact_location: str | None, tags: Mapping[str, str], moment: int
    ) -> str:
        return super()._create_experiment(name.strip(), artifact_location, tags, moment)


@breaks("TEXT-DISTINCT")
class KeysInLowerCase(Rewriting):
    def key(self, key: str) -> str:
        return key.lower()


@breaks("TEXT-DISTINCT")
class KeysWithoutAccents(Rewriting):
    def key(self, key: str) -> str:
        apart = unicodedata.normalize("NFD", key)
        return "".join(each for each in apart if not unicodedata.combining(each))


@breaks("TEXT-DISTINCT")
class KeysOfOneWidth(Rewriting):
    def key(self, key: str) -> str:
        return unicodedata.normalize("NFKC", key)


@breaks("TEXT-DISTINCT")
class ComparisonsPadded(Rewriting):
    """The key "k " finds "k", and is no error."""

    def key(self, key: str) -> str:
        return key.rstrip(" ") or key


@breaks("TEXT-DISTINCT")
class NamesFoundInAnyCase(Wrapper):
    def _get_experiment_by_name(self, name: str) -> Experiment | None:
        known = self._search_experiments(experiment_query(ViewType.ALL))
        return next((each for each in known if each.name.casefold() == name.casefold()), None)


@breaks("TEXT-NUL")
class TextEndsAtNul(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        cut = [replace(each, value=each.value.partition("\0")[0]) for each in params]
        super().log_batch(run_id, metrics, cut, tags)


@breaks("TEXT-NUL")
class LoneSurrogatesReplaced(Wrapper):
    def set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        value = tag.value.encode("utf-8", "replace").decode()
        super().set_experiment_tag(experiment_id, replace(tag, value=value))


@breaks("TEXT-NUL")
class NulCrashesTheDriver(Wrapper):
    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        if "\0" in new_name:
            raise ValueError("embedded null character")
        super().rename_experiment(experiment_id, new_name)


@breaks("TEXT-NO-CUT")
class TextCutAt250(Rewriting):
    def text(self, text: str) -> str:
        return text[:250]


@breaks("TEXT-NO-CUT")
class TextCutAt4000Bytes(Rewriting):
    def text(self, text: str) -> str:
        return text.encode()[:4000].decode("utf-8", "ignore")


@breaks("TEXT-NO-CUT")
class ExperimentTagCutAt5000(Wrapper):
    def set_experiment_tag(self, experiment_id: str, tag: Tag) -> None:
        super().set_experiment_tag(experiment_id, replace(tag, value=tag.value[:5000]))


@breaks("TEXT-NO-CUT")
class ExperimentNameCutAt256(Wrapper):
    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Iterable[Tag] = ()
    ) -> str:
        return super().create_experiment(name[:256], artifact_location, tags)


# Params


@breaks("PARAM-LOG")
class ValuesMadeTexts(Wrapper):
    def log_param(self, run_id: str, param: Param) -> None:
        super().log_param(run_id, replace(param, value=str(param.value)))


@breaks("PARAM-LOG")
class EmptyParamIsMissing(Misreading):
    def shown(self, run: Run) -> Run:
        return replace(run, params={key: value for key, value in run.params.items() if value})


@breaks("PARAM-LOG")
class ParamsOfTheExperiment(Wrapper):
    def _get_run(self, run_id: str) -> Run:
        run = super()._get_run(run_id)
        others = self._search_runs([run.info.experiment_id], run_query(ViewType.ALL))
        together = {key: value for other in others for key, value in other.params.items()}
        return replace(run, params={**together, **run.params})


@breaks("PARAM-SAME")
class SameValueRefused(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        if not self._get_run(run_id).params.keys().isdisjoint(params):
            raise invalid("The param exists.")
        super()._log_batch(run_id, metrics, params, tags, name)


@breaks("PARAM-SAME")
class SameValueEndsTheBatch(Wrapper):
    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        known = self._get_run(run_id).params
        fresh = {} if any(known.get(key) == value for key, value in params.items()) else params
        super()._log_batch(run_id, metrics, fresh, tags, name)


class LenientWithParams(Wrapper):
    """Takes another value of a param, silently, where `close` says that it is the same."""

    def close_to(self, old: str, new: str) -> bool:
        raise NotImplementedError

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        known = self._get_run(run_id).params
        kept = {
            key: known[key] if key in known and self.close_to(known[key], value) else value
            for key, value in params.items()
        }
        super()._log_batch(run_id, metrics, kept, tags, name)


@breaks("PARAM-IMMUTABLE")
class FirstParamStaysSilently(LenientWithParams):
    def close_to(self, old: str, new: str) -> bool:
        return True


@breaks("PARAM-IMMUTABLE")
class ParamsComparedInAnyCase(LenientWithParams):
    def close_to(self, old: str, new: str) -> bool:
        return old.casefold() == new.casefold()


@breaks("PARAM-IMMUTABLE")
class ParamsComparedPadded(LenientWithParams):
    def close_to(self, old: str, new: str) -> bool:
        return old.rstrip(" ") == new.rstrip(" ")


@breaks("PARAM-IMMUTABLE")
class ParamsComparedAsNumbers(LenientWithParams):
    def close_to(self, old: str, new: str) -> bool:
        return _number(old) == _number(new)


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


class RemembersParams(Misreading):
    """Shows the values in `later` in place of those first written."""

    def __init__(self) -> None:
        super().__init__()
        self.later: dict[tuple[str, str], str] = {}

    def shown(self, run: Run) -> Run:
        params = {
            key: self.later.get((run.info.run_id, key), run.params[key]) for key in run.params
        }
        return replace(run, params=params)


@breaks("PARAM-IMMUTABLE")
class ParamOverwritten(RemembersParams):
    def log_param(self, run_id: str, param: Param) -> None:
        try:
            super().log_param(run_id, param)
        except StoreError:
            self.later[run_id, param.key] = param.value


@breaks("PARAM-IMMUTABLE")
class RefusedButOverwritten(RemembersParams):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        try:
            super().log_batch(run_id, metrics, params, tags)
        except StoreError:
            self.later |= {(run_id, param.key): param.value for param in params}
            raise


class CutsParams(Wrapper):
    def cut(self, value: str) -> str:
        raise NotImplementedError

    def _log_batch(
        self,
        run_id: str,
        metrics: Sequence[Metric],
        params: Mapping[str, str],
        tags: Mapping[str, str],
        name: str | None,
    ) -> None:
        cut = {key: self.cut(value) for key, value in params.items()}
        super()._log_batch(run_id, metrics, cut, tags, name)


@breaks("PARAM-LONG")
class ParamCutAt500(CutsParams):
    def cut(self, value: str) -> str:
        return value[:500]


@breaks("PARAM-LONG")
class ParamCutAt6000Bytes(CutsParams):
    def cut(self, value: str) -> str:
        return value.encode()[:6000].decode("utf-8", "ignore")


@breaks("PARAM-LONG")
class ParamCutWhereCuttingIsOff(Wrapper):
    def log_batch(
        self,
        run_id: str,
        metrics: Iterable[Metric] = (),
        params: Iterable[Param] = (),
        tags: Iterable[Tag] = (),
    ) -> None:
        cut = [replace(each, value=each.value[:6000]) for each in params]
        super().log_batch(run_id, metrics, cut, tags)


@breaks("PARAM-LONG")
class CutValueIsAnotherValue(Wrapper):
    """Compares what was sent with what was kept."""

    def log_param(self, run_id: str, param: Param) -> None:
        known = self._get_run(run_id).params
        if known.get(param.key, param.value) != param.value:
            raise invalid("The param has another value.")
        super().log_param(run_id, param)
