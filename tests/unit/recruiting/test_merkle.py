"""Merkle trees: vectors of Certificate Transparency, and the definition of RFC 9162."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from chalicelib.recruiting.proofs.merkle import (
    Frontier,
    is_consistent,
    is_included,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
    root_of,
)

# The reference implementation of Certificate Transparency tests with these entries and roots
# (github.com/google/certificate-transparency, merkle_tree_test.cc).
ENTRIES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")
LAST_ENTRY = "606162636465666768696a6b6c6d6e6f"
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LEAVES = [leaf_hash(bytes.fromhex(one).decode()) for one in (*ENTRIES, LAST_ENTRY)]
SIZES = range(1, 18)


def defined_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root as section 2.1.1 defines it."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    split = max(2**power for power in range(20) if 2**power < len(leaves))
    both = defined_root(leaves[:split]) + defined_root(leaves[split:])
    return hashlib.sha256(b"\x01" + both).digest()


def many_leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number)) for number in range(count)]


def test_roots_are_those_of_certificate_transparency() -> None:
    assert [root_of(LEAVES[:size]).hex() for size in range(9)] == list(ROOTS)


@pytest.mark.parametrize("size", SIZES)
def test_trees_and_proofs_follow_the_definition(size: int) -> None:
    leaves = many_leaves(size)
    root = defined_root(leaves)
    assert root_of(leaves) == root
    for index in range(size):
        path = prove_inclusion(leaves, index)
        assert is_included(leaves[index], index, size, path, root)
        assert not is_included(leaf_hash("x"), index, size, path, root)
        assert not is_included(leaves[index], index + 1, size, path, root)
        assert not is_included(leaves[index], index, size, [*path, root], root)
    for first in range(1, size + 1):
        proof, earlier = prove_consistency(leaves, first), defined_root(leaves[:first])
        assert is_consistent(first, earlier, size, root, proof)
        assert not is_consistent(first, leaf_hash("x"), size, root, proof)
        assert not is_consistent(first, earlier, size, leaf_hash("x"), proof)
        assert not is_consistent(first, earlier, size, root, [*proof, root])


def test_frontier_grows_as_the_tree_of_all_leaves() -> None:
    leaves = many_leaves(300)
    tree = Frontier()
    for start in range(0, 300, 7):
        tree = Frontier(tree.size, tree.roots)
        tree.extend(leaves[start : start + 7])
        assert tree.root() == defined_root(leaves[: start + 7])
    with pytest.raises(ValueError, match="a tree of 3 leaves has 2 complete subtrees"):
        Frontier(3, tree.roots[:1])
