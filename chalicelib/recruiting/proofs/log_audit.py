"""Compares an accepted log with its published heads, and names what was changed.

Heads are signed, so nobody without the key can change them. Each head has the hashes of its new
entries. If these lead to the signed roots, they say which entries the log had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from chalicelib.recruiting.proofs.merkle import Frontier, leaf_hash
from chalicelib.recruiting.proofs.signed_heads import is_claimed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from chalicelib.recruiting.proofs.tree_repository import StoredHead


@dataclass(slots=True)
class LogAudit:
    """What was found about a log.

    Args:
        heads: how many heads were compared.
        disagreeing: the sizes of the heads that the log contradicts, or whose signature is wrong.
        findings: what is wrong, in sentences.
        names: the applications that were removed from the log or put into it, as far as known.
    """

    heads: int = 0
    disagreeing: list[int] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


def audit_log(
    entries: Sequence[str],
    heads: Sequence[StoredHead],
    read_claims: Callable[[str], Mapping[str, Any] | None],
    known_ids: Iterable[str],
) -> LogAudit:
    """Compare a log with its heads.

    Args:
        entries: the ids in the log, in order.
        heads: its heads, the smallest first.
        read_claims: returns the claims of a signed head; None if the signature is wrong.
        known_ids: ids from elsewhere that may have been in the log, such as those of documents.
    """
    audit = LogAudit(heads=len(heads))
    leaves = [leaf_hash(entry) for entry in entries]
    logged, signed = Frontier(), Frontier()
    published: list[bytes] = []
    are_hashes_genuine = True
    for head in heads:
        if not is_claimed(head, read_claims(head.signed)):
            audit.findings.append(f"The head of size {head.size} does not have its signature.")
            audit.disagreeing.append(head.size)
            continue
        logged.extend(leaves[logged.size : head.size])
        if logged.size != head.size or logged.root() != head.root:
            audit.disagreeing.append(head.size)
        new = head.leaf_hashes()
        signed.extend(new)
        published += new
        are_hashes_genuine &= (signed.size, signed.root()) == (head.size, head.root)
    if not audit.disagreeing:
        return audit
    first = audit.disagreeing[0]
    before = max((head.size for head in heads if head.size < first), default=0)
    audit.findings.append(
        f"The log contradicts {len(audit.disagreeing)} of {len(heads)} published heads. "
        f"The first one has {first} entries, so entries {before + 1} to {first} are concerned."
    )
    if are_hashes_genuine:
        _name_changes(audit, entries, leaves, published, known_ids)
    return audit


def _name_changes(
    audit: LogAudit,
    entries: Sequence[str],
    leaves: Sequence[bytes],
    published: Sequence[bytes],
    known_ids: Iterable[str],
) -> None:
    """Name the published entries that the log lacks, and those that it should not have."""
    ids = {leaf_hash(one): one for one in known_ids}
    for start, end, other_start, other_end in _differences(published, leaves):
        for number in range(start, end):
            name = ids.get(published[number])
            if name:
                audit.names.add(name)
            known = f"application {name}" if name else f"hash {published[number].hex()}"
            audit.findings.append(f"Entry {number + 1} is no longer in its place: {known}.")
        # Behind the last published entry are newer ones.
        if end < len(published) or other_end - other_start <= end - start:
            for number in range(other_start, other_end):
                audit.names.add(entries[number])
                audit.findings.append(
                    f"Application {entries[number]} was put into the log as entry {number + 1}."
                )


def _differences(
    published: Sequence[bytes], leaves: Sequence[bytes]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield how the published entries differ from those of the log, as ``difflib`` does."""
    same = next(
        (i for i, (one, other) in enumerate(zip(published, leaves, strict=False)) if one != other),
        min(len(published), len(leaves)),
    )
    matcher = SequenceMatcher(None, published[same:], leaves[same:], autojunk=False)
    for tag, *places in matcher.get_opcodes():
        if tag != "equal":
            start, end, other_start, other_end = (same + place for place in places)
            yield start, end, other_start, other_end
