"""What all hyperparameters have: a service's own name, its default, and where a recipe holds them."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Any, ClassVar

from pydantic import Field

from nova_rft.spec._base import SpecModel


@dataclass(frozen=True, slots=True)
class Wire:
    """How a service knows one hyperparameter.

    Attributes:
        name: The service's name for it; empty where recipes alone hold it.
        default: What holds where it is left out; None where the service does not say.
        recipe: Where a recipe holds it, from the top, with dots; empty where none does.
        what: What it is, without a full stop.
    """

    name: str
    default: Any
    recipe: str
    what: str

    @property
    def known(self) -> str:
        """What the service calls it: its name, or the last part of its place in a recipe."""
        return self.name or self.recipe.rsplit(".", 1)[-1]


def hyper(name: str, what: str, *, default: Any = None, recipe: str = "", **bounds: Any) -> Any:
    """A field of hyperparameters, left out by default.

    Args:
        name: The service's name for it.
        what: Its description, without a full stop.
        default: The service's default, where it says one.
        recipe: Where a recipe holds it.
        bounds: As pydantic's Field takes them, where no service's table says them.
    """
    wire = Wire(name, default, recipe, what)
    text = f"{what} ({wire.known})."
    if default is not None:
        text += f" Left out: {str(default).lower() if isinstance(default, bool) else default}."
    # As plain data: it goes into the JSON schema.
    return Field(None, description=text, json_schema_extra={"wire": [*astuple(wire)]}, **bounds)


class Hyperparameters(SpecModel):
    """Hyperparameters of one kind of job; those left out take the service's default.

    Attributes:
        source: Where names, ranges and defaults are written down.
    """

    source: ClassVar[str]

    @property
    def rollouts_per_prompt(self) -> int | None:
        """Rollouts that are drawn for one prompt, where the spec says so and the job draws any."""
        drawn: int | None = getattr(self, "samples_per_prompt", None)
        return drawn

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens of a prompt that are kept, where the spec says so."""
        kept: int | None = getattr(self, "max_prompt_length", None)
        return kept

    def given(self) -> dict[str, Any]:
        """What the spec says, by the service's names."""
        return {wire.name: value for wire, value in self._said() if wire.name}

    def in_recipe(self) -> dict[str, Any]:
        """What the spec says, by where a recipe holds it."""
        return {wire.recipe: value for wire, value in self._said() if wire.recipe}

    def settled(self) -> dict[str, tuple[Any, bool]]:
        """Every hyperparameter by our name: its value, and whether the spec says it.

        A value is None where neither the spec nor the service's documentation says one.
        """
        return {
            name: (wire.default, False)
            if getattr(self, name) is None
            else (getattr(self, name), True)
            for name, wire in wires(type(self)).items()
        }

    def _said(self) -> Iterator[tuple[Wire, Any]]:
        known = wires(type(self))
        for name, value in self.model_dump(mode="json", exclude_none=True).items():
            if name in known:  # A teacher, for one, is no hyperparameter of the service's.
                yield known[name], value


def wires(kind: type[Hyperparameters]) -> Mapping[str, Wire]:
    """How the service knows each hyperparameter, by our name."""
    found = {}
    for name, field in kind.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict):
            wire: Any = extra["wire"]
            found[name] = Wire(*wire)
    return found
