"""The regulation's clauses and rules, with the settings a site may change.

The words stand in `regulation.yaml`; this module says what they mean and checks them.
`pipelines.regulation.load` reads the file.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vision.mistake import MistakeError

Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Probability = Annotated[float, Field(gt=0, lt=1)]
Severity = Literal["low", "normal", "urgent"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Clause(_Strict):
    """A clause of the regulation in its own words and in English."""

    id: str
    zh: str
    en: str


class Dynamics(_Strict):
    """How a behaviour comes and goes: mean durations in seconds, and how long looks stay alike."""

    mean_yes_s: float = Field(gt=0)
    mean_no_s: float = Field(gt=0)
    correlation_s: float = Field(ge=0)


class RuleSettings(_Strict):
    """What a site may set for any rule under `rules:`; a field not given keeps its default."""

    enabled: bool | None = Field(default=None, description="false switches the rule off")
    open_at: Probability | None = Field(default=None, description="belief from which the rule is broken")
    close_at: Probability | None = Field(default=None, description="belief below which it is kept again")
    release_s: Seconds | None = Field(default=None, description="seconds below close_at until it closes")


class HeldSettings(RuleSettings):
    """Settings of a rule about something that is done: phone_use, smoking, out_of_uniform."""

    hold_s: Seconds | None = Field(default=None, description="seconds it must last before it is an event")


class EatingSettings(HeldSettings):
    """Settings of the rule `eating`."""

    drinking: bool | None = Field(default=None, description="true: a bottle or cup at the mouth counts")


class AbsentSettings(RuleSettings):
    """Settings of the rule `absent`."""

    grace_s: Seconds | None = Field(default=None, description="seconds of absence that are allowed")


class SiteRules(_Strict):
    """The `rules:` of a site file."""

    absent: AbsentSettings = AbsentSettings()
    phone_use: HeldSettings = HeldSettings()
    smoking: HeldSettings = HeldSettings()
    eating: EatingSettings = EatingSettings()
    out_of_uniform: HeldSettings = HeldSettings()


class Rule(_Strict):
    """One rule with all its settings; probabilities 0 to 1, times in seconds."""

    name: str
    edition: str
    clause: str
    behaviour: str
    broken_when: Literal["yes", "no"]
    enabled: bool = True
    hold_s: Seconds
    open_at: Probability
    close_at: Probability
    release_s: Seconds
    drinking: bool = False

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.close_at > self.open_at:
            raise MistakeError(
                "hysteresis",
                "expected close_at <= open_at, got {close_at} > {open_at}",
                close_at=self.close_at,
                open_at=self.open_at,
            )
        return self

    @property
    def version(self) -> str:
        """A name for this rule with exactly these settings: they are part of every event."""
        canonical = json.dumps(self.model_dump(), sort_keys=True)
        return f"{self.edition}-{hashlib.sha256(canonical.encode()).hexdigest()[:8]}"

    def broken(self, belief: float) -> float:
        """Probability that the rule is broken, from the belief in its behaviour."""
        return belief if self.broken_when == "yes" else 1 - belief


class Regulation(_Strict):
    """All clauses, rules with their defaults, and how beliefs behave, by id and name."""

    clauses: Mapping[str, Clause]
    rules: Mapping[str, Rule]
    beliefs: Mapping[str, Dynamics]
    severities: Mapping[str, Severity] = Field(
        default_factory=dict, description="how pressing the events of a rule are; not named: normal"
    )

    @property
    def by_hand(self) -> Mapping[str, Clause]:
        """The clauses that no rule judges: people may record findings against them."""
        judged = {rule.clause for rule in self.rules.values()}
        return {name: clause for name, clause in self.clauses.items() if name not in judged}

    def with_site(self, settings: SiteRules) -> tuple[Rule, ...]:
        """The enabled rules with a site's settings on top; ValueError names a rule that cannot be."""
        chosen = []
        for name, rule in self.rules.items():
            given = getattr(settings, name).model_dump(exclude_none=True)
            given = {"hold_s" if key == "grace_s" else key: value for key, value in given.items()}
            try:
                merged = Rule(**{**rule.model_dump(), **given})
            except ValidationError as error:
                raise _first(error).at(f"rules.{name}") from error
            if merged.enabled:
                chosen.append(merged)
        return tuple(chosen)


def _first(error: ValidationError) -> MistakeError:
    """The first mistake of an error; settings have been checked one by one before, so it is one of ours."""
    first = error.errors()[0]
    mistake = first.get("ctx", {}).get("error")
    return (
        mistake
        if isinstance(mistake, MistakeError)
        else MistakeError("other", "{message}", message=first["msg"])
    )


def parse(raw: Mapping[str, Any]) -> Regulation:
    """A regulation from the content of `regulation.yaml`. Raises pydantic's ValidationError."""
    rules = {}
    for name, given in raw["rules"].items():
        fields = {"hold_s" if key == "grace_s" else key: value for key, value in given.items()}
        rules[name] = {"name": name, "edition": raw["version"], **fields}
    clauses = {id_: {"id": id_, **words} for id_, words in raw["clauses"].items()}
    fields = {"beliefs": raw["beliefs"], "severities": raw.get("severities", {})}
    return Regulation.model_validate({"clauses": clauses, "rules": rules, **fields})
