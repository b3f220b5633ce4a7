"""Runbooks: their sections, and the commands that they tell operators to run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = ("Symptom", "Impact", "Check", "Mend", "Verify", "Drill")
# Marks of blocks: for every deployment stage, for the local stack, for AWS, and a value to set.
EVERYWHERE, LOCAL, AWS, INPUT = "sh", "sh local", "sh aws", "sh input"
MARKS = {EVERYWHERE, LOCAL, AWS, INPUT}

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of commands."""

    mark: str
    commands: str


@dataclass(frozen=True)
class Runbook:
    """A page of docs/runbooks: the texts of its sections."""

    name: str
    sections: dict[str, str]

    def blocks(self, section: str) -> list[Block]:
        """Return the blocks of commands of a section, in order."""
        return [Block(*found) for found in _BLOCK.findall(self.sections[section])]

    @property
    def has_drill(self) -> bool:
        """Whether a drill proves the page; otherwise its last section says why none does."""
        return not self.sections["Drill"].strip().startswith("None")


def read_runbook(name: str) -> Runbook:
    """Return a runbook by its name."""
    text = (RUNBOOKS / f"{name}.md").read_text()
    _, *parts = _HEADING.split(text)
    return Runbook(name, dict(zip(parts[::2], parts[1::2], strict=True)))


def runbook_names() -> list[str]:
    """Return the names of all runbooks."""
    return sorted(path.stem for path in RUNBOOKS.glob("*.md") if path.stem != "README")
