"""Merkle trees as RFC 9162 defines them, section 2.1: SHA-256, with prefixes for leaves and nodes.

All functions take and return hashes as bytes.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def leaf_hash(entry: str) -> bytes:
    """Return the hash of an entry of a log."""
    return hashlib.sha256(b"\x00" + entry.encode()).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees of a tree, from which it can grow.

    A tree of ``size`` leaves has one for each bit of ``size``. So a leaf is added without reading
    any earlier one.

    Args:
        size: the number of leaves.
        roots: the roots, that of the largest subtree first.

    Raises:
        ValueError: the number of roots is not that of the bits of the size.
    """

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)
        if len(self.roots) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves."""
        for leaf in leaves:
            node, size = leaf, self.size
            while size & 1:
                node = node_hash(self.roots.pop(), node)
                size >>= 1
            self.roots.append(node)
            self.size += 1

    def root(self) -> bytes:
        """Return the root of the tree."""
        if not self.roots:
            return hashlib.sha256(b"").digest()
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Return the root of the tree of these leaves."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def prove_inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the path from a leaf to the root (section 2.1.3.1)."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*prove_inclusion(leaves[:split], index), root_of(leaves[split:])]
    return [*prove_inclusion(leaves[split:], index - split), root_of(leaves[:split])]


def prove_consistency(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Return the proof that the tree of the first leaves became the tree of all (section 2.1.4.1).

    Args:
        leaves: all leaves.
        first: how many of them the earlier tree had; 1 at least.
    """
    return _subproof(leaves, first, is_whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, is_whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    split = _split(len(leaves))
    if first <= split:
        proof = _subproof(leaves[:split], first, is_whole=is_whole)
        return [*proof, root_of(leaves[split:])]
    proof = _subproof(leaves[split:], first - split, is_whole=False)
    return [*proof, root_of(leaves[:split])]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Return whether a path proves that a tree has a leaf at an index (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def is_consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Return whether a proof shows that a tree became another by appending (section 2.1.4.2)."""
    if first == second:
        return not proof and first_root == second_root
    if not 0 < first < second:
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    earlier = later = path[0]
    for node in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            earlier, later = node_hash(node, earlier), node_hash(node, later)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            later = node_hash(later, node)
        position, last = position >> 1, last >> 1
    return last == 0 and earlier == first_root and later == second_root


def _split(size: int) -> int:
    """Return the largest power of two that is smaller than a size."""
    return 1 << (size - 1).bit_length() - 1
