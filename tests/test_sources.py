"""Which files are read, and how do bytes become text?"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from rollproof.errors import UserError
from rollproof.source import LARGEST_FILE, Source, Unreadable, decode, find, read, walk

git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def plant(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n")


def walked(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for _, path in walk(str(root))]


def work_tree(root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)


@pytest.mark.parametrize(
    ("raw", "text", "encoding"),
    [
        # kubectl pkg/cmd/resource visitor.go: unicode.BOMOverride over UTF-8
        ("ä".encode(), "ä", "utf-8"),
        (b"\xef\xbb\xbfa", "a", "utf-8"),
        (b"\xff\xfe" + "ä😀".encode("utf-16-le"), "ä😀", "utf-16-le"),
        (b"\xfe\xff" + "ä😀".encode("utf-16-be"), "ä😀", "utf-16-be"),
        (b"", "", "utf-8"),
        (b"\xef\xbb\xbf", "", "utf-8"),
    ],
)
def test_a_byte_order_mark_decides_the_encoding(raw: bytes, text: str, encoding: str) -> None:
    decoded = decode("a.yaml", raw)

    assert isinstance(decoded, Source)
    assert (decoded.text, decoded.encoding) == (text, encoding)
    assert decoded.encode(decoded.text) == raw


def test_invalid_utf_8_is_replaced_and_noted() -> None:
    decoded = decode("a.yaml", b"a: 1\nb: \xff\n")

    assert isinstance(decoded, Source)
    assert decoded.text == "a: 1\nb: \ufffd\n"
    assert decoded.notes == ("byte 0xff on line 2 is not valid UTF-8",)


def test_bytes_that_are_no_text_are_refused() -> None:
    assert decode("a.yaml", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") == Unreadable("a.yaml", "is not text")


def test_half_a_character_at_the_end_of_utf_16_is_replaced() -> None:
    decoded = decode("a.yaml", b"\xff\xfea\0b")

    assert isinstance(decoded, Source)
    assert decoded.text == "a\ufffd"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a", ""]),
        ("a\r\nb\rc\nd", ["a", "b", "c", "d"]),
        ("a\r\r\nb", ["a", "", "b"]),
        ("a\u2028b\x85c\x0cd\n", ["a\u2028b\x85c\x0cd", ""]),
    ],
)
def test_lines_end_with_lf_cr_lf_or_cr(text: str, lines: list[str]) -> None:
    decoded = Source("a.yaml", text)

    assert [decoded.line(number) for number in range(1, len(decoded.line_starts) + 1)] == lines
    assert decoded.line(0) == decoded.line(len(lines) + 1) == ""


def test_a_folder_is_told_from_a_file(tmp_path: Path) -> None:
    assert read("x", tmp_path) == Unreadable("x", "is not a regular file")


def test_a_file_that_vanished_is_told(tmp_path: Path) -> None:
    assert read("x", tmp_path / "gone.yaml") == Unreadable("x", "cannot be read: no such file or directory")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    plant(tmp_path, "a.yaml")
    (tmp_path / "a.yaml").chmod(0)

    assert read("a.yaml", tmp_path / "a.yaml") == Unreadable("a.yaml", "cannot be read: permission denied")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")

    assert read("pipe.yaml", tmp_path / "pipe.yaml") == Unreadable("pipe.yaml", "is not a regular file")
    assert walked(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="no file descriptors as files here")
def test_a_shells_process_substitution_is_read() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"a: 1\n")
    os.close(writing)

    decoded = read("x", Path(f"/dev/fd/{reading}"))
    os.close(reading)

    assert isinstance(decoded, Source)
    assert decoded.text == "a: 1\n"


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)

    assert read("huge.yaml", huge) == Unreadable("huge.yaml", "is larger than the 32 MiB that are read")


def test_a_walk_takes_manifests_in_order_and_skips_hidden_folders(tmp_path: Path) -> None:
    plant(
        tmp_path,
        "b.yml",
        "a.yaml",
        "c.json",
        "d.txt",
        "sub/e.yaml",
        ".hidden/f.yaml",
        "node_modules/g.yaml",
        "x/node_modules/h.yaml",
        ".i.yaml",
    )

    assert walked(tmp_path) == [".i.yaml", "a.yaml", "b.yml", "c.json", "sub/e.yaml"]


IGNORES = {
    ".gitignore": "/build/\n*.tmp.yaml\nsecret.yaml\n",
    "sub/.gitignore": "!secret.yaml\nlocal.yaml\n",
}
PLANTED = ("a.yaml", "b.tmp.yaml", "build/c.yaml", "sub/build/d.yaml", "secret.yaml", "sub/secret.yaml", "sub/local.yaml", "local.yaml")
TAKEN = ["a.yaml", "local.yaml", "sub/build/d.yaml", "sub/secret.yaml"]


@git
def test_a_work_tree_is_walked_as_git_sees_it(tmp_path: Path) -> None:
    plant(tmp_path, *PLANTED)
    for name, text in IGNORES.items():
        (tmp_path / name).write_text(text)
    work_tree(tmp_path)

    assert walked(tmp_path) == TAKEN
    assert walked(tmp_path / "sub") == ["build/d.yaml", "secret.yaml"]


def test_without_git_the_ignore_files_mean_the_same(tmp_path: Path) -> None:
    plant(tmp_path, *PLANTED)
    for name, text in IGNORES.items():
        (tmp_path / name).write_text(text)

    assert walked(tmp_path) == TAKEN


@git
def test_a_folder_that_git_ignores_is_read_when_it_is_named(tmp_path: Path) -> None:
    plant(tmp_path, "build/a.yaml")
    (tmp_path / ".gitignore").write_text("build/\n")
    work_tree(tmp_path)

    assert walked(tmp_path) == []
    assert walked(tmp_path / "build") == ["a.yaml"]


@git
def test_a_tracked_file_that_was_deleted_is_not_found(tmp_path: Path) -> None:
    plant(tmp_path, "a.yaml", "b.yaml")
    work_tree(tmp_path)
    subprocess.run(["git", "-C", str(tmp_path), "add", "."], check=True)
    (tmp_path / "b.yaml").unlink()

    assert walked(tmp_path) == ["a.yaml"]


@pytest.mark.parametrize("in_git", [False, pytest.param(True, marks=git)])
def test_links_are_followed_to_files_but_not_in_circles(tmp_path: Path, in_git: bool) -> None:
    plant(tmp_path, "a.yaml", "sub/b.yaml")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    (tmp_path / "dangling.yaml").symlink_to("nowhere.yaml")
    (tmp_path / "self.yaml").symlink_to("self.yaml")
    if in_git:
        work_tree(tmp_path)

    assert walked(tmp_path) == ["a.yaml", "link.yaml", "sub/b.yaml"]


@pytest.mark.parametrize("in_git", [False, pytest.param(True, marks=git)])
def test_any_file_name_is_found(tmp_path: Path, in_git: bool) -> None:
    names = ["with space.yaml", "new\nline.yaml", "ümlaut.yaml", '"quote".yaml', "-dash.yaml", os.fsdecode(b"byte\xff.yaml")]
    plant(tmp_path, *names)
    if in_git:
        work_tree(tmp_path)

    assert sorted(walked(tmp_path)) == sorted(names)
    assert all(isinstance(read(name, tmp_path / name), Source) for name in names)


def test_an_unreadable_ignore_file_ignores_nothing(tmp_path: Path) -> None:
    plant(tmp_path, "a.yaml")
    (tmp_path / ".gitignore").symlink_to("nowhere")

    assert walked(tmp_path) == ["a.yaml"]


def test_names_are_echoed_as_the_caller_wrote_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, "k8s/a.yaml", "k8s/notes.txt")
    monkeypatch.chdir(tmp_path)

    def names(*targets: str) -> list[str]:
        return [name for name, _, _ in find(targets)]

    assert names("k8s") == names("k8s/") == ["k8s/a.yaml"]
    assert names("./k8s") == ["./k8s/a.yaml"]
    assert names(".") == ["k8s/a.yaml"]
    assert names(str(tmp_path)) == [f"{tmp_path}/k8s/a.yaml"]
    assert names("k8s/notes.txt", "k8s", "k8s/a.yaml") == ["k8s/notes.txt", "k8s/a.yaml"]


def test_a_file_that_the_caller_named_is_marked_so(tmp_path: Path) -> None:
    plant(tmp_path, "a.yaml")

    assert [named for _, _, named in find([str(tmp_path / "a.yaml")])] == [True]
    assert [named for _, _, named in find([str(tmp_path)])] == [False]


def test_only_wanted_files_are_kept_of_a_walk(tmp_path: Path) -> None:
    plant(tmp_path, "a.yaml", "b.yaml")

    assert [Path(name).name for name, _, _ in find([str(tmp_path)], keep=lambda name: not name.endswith("b.yaml"))] == ["a.yaml"]


def test_a_target_that_does_not_exist_is_the_callers_mistake() -> None:
    with pytest.raises(UserError, match="no such file or folder: nowhere"):
        list(find(["nowhere"]))


@git
def test_git_that_fails_is_done_without(tmp_path: Path) -> None:
    plant(tmp_path, "a.yaml")
    (tmp_path / ".git").write_text("gitdir: nowhere\n")

    assert walked(tmp_path) == ["a.yaml"]
