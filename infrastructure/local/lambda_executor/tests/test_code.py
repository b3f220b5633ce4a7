"""The copies of unpacked code."""

from pathlib import Path
from shutil import rmtree

from localstack_process_executor.code import CodeStore


def test_copy_exists_until_its_last_use_ends(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "folder").mkdir(parents=True)
    (source / "folder" / "module.py").write_text("x = 1")
    store = CodeStore(tmp_path / "store")
    store.keep(source)
    with store.kept([source]):
        copy = store.path(source)
        rmtree(source)
        store.drop(source)
        assert (copy / "folder" / "module.py").read_text() == "x = 1"
    assert not copy.exists()
    assert store.path(source) == source
    store.drop(source)
