"""The image store: real builds, with a package index of one tiny wheel instead of a network."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emulator.images.dockerfile import DockerfileError, parse_dockerfile
from emulator.images.dockerignore import DockerIgnore
from emulator.images.environments import EnvironmentBuildError, EnvironmentCache
from emulator.images.store import ImageBuildError, ImageNotFoundError, ImageStore, LocalImage

PROJECT = Path(__file__).resolve().parents[3]
IMAGES = PROJECT / "tests" / "images"
DOCKERFILE = """\
FROM python AS first
ENV SHARED=yes PATH=/opt/venv/bin:$PATH
# a comment between
FROM first
ENV MODE="two words" \\
    PYTHONPATH=/opt/program
LABEL owner=tests
COPY requirements.txt /tmp/
RUN pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt
COPY greeting /opt/program/greeting
ENTRYPOINT ["python", "-m", "greeting"]
CMD ["world"]
"""


@pytest.fixture(scope="module")
def wheel_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "VALUE = 42\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture
def wheels(wheel_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only index, with one package in it."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel_folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return wheel_folder


@pytest.fixture(scope="module")
def shared_environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One environment for the tests that are not about environments."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture
def store(tmp_path: Path, shared_environments: Path) -> ImageStore:
    return ImageStore(tmp_path / "root", environments=shared_environments)


def write_context(folder: Path, lock: str) -> Path:
    (folder / "greeting").mkdir(parents=True)
    (folder / "greeting" / "__main__.py").write_text("import sys, tiny; print(tiny.VALUE, *sys.argv[1:])\n")
    (folder / "Dockerfile").write_text(DOCKERFILE)
    (folder / "requirements.txt").write_text(lock)
    return folder


@pytest.fixture
def context(tmp_path: Path, wheels: Path) -> Path:
    digest = hashlib.sha256(next(wheels.iterdir()).read_bytes()).hexdigest()
    return write_context(tmp_path / "context", f"tiny==1.0 --hash=sha256:{digest}\n")


def build(store: ImageStore, context: Path, *tags: str) -> LocalImage:
    return store.build(context, Path("Dockerfile"), tags)


def environments(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "environments").iterdir() if not path.name.endswith(".lock"))


def run(image: LocalImage, *arguments: str) -> str:
    command = image.command_line(arguments)
    return subprocess.run(
        command, env={"PYTHONPATH": image.python_path}, capture_output=True, text=True, check=True, timeout=30
    ).stdout


def test_build_makes_an_image_that_runs(tmp_path: Path, context: Path) -> None:
    store = ImageStore(tmp_path / "root")
    image = build(store, context, "local")
    shutil.rmtree(context)
    assert run(image) == "42 world\n"
    assert run(image, "serve") == "42 serve\n"
    assert image.environment == {"SHARED": "yes", "MODE": "two words"}
    assert image.labels == {"owner": "tests"}
    assert image.root is not None
    lock = hashlib.sha256((image.root / "tmp" / "requirements.txt").read_bytes()).hexdigest()
    assert environments(tmp_path / "root") == [f"greeting-{lock[:12]}"]


def test_builds_at_the_same_time_make_one_environment(tmp_path: Path, context: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        builds = [pool.submit(build, ImageStore(tmp_path / "root"), context, "local") for _ in range(3)]
        images = [each.result() for each in builds]
    assert len({image.digest for image in images}) == 1
    assert len(environments(tmp_path / "root")) == 1
    assert run(images[0]) == "42 world\n"


def test_killed_build_leaves_nothing_that_looks_finished(tmp_path: Path, context: Path) -> None:
    root = tmp_path / "root"
    program = "import sys; from pathlib import Path; from emulator.images.store import ImageStore\n"
    program += "ImageStore(Path(sys.argv[1])).build(Path(sys.argv[2]), Path('Dockerfile'), ['local'])"
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(root), str(context)], cwd=PROJECT, start_new_session=True
    )
    end = time.monotonic() + 300
    while time.monotonic() < end and not list(root.glob("environments/.*building*/bin/python")):
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait(300) == -signal.SIGKILL
    assert not (root / "images").exists()
    assert [name for name in environments(root) if not name.startswith(".")] == []
    assert run(build(ImageStore(root), context)) == "42 world\n"
    assert len(environments(root)) == 1


def test_lost_environment_is_made_again(tmp_path: Path, context: Path) -> None:
    store = ImageStore(tmp_path / "root")
    build(store, context, "local")
    shutil.rmtree(next((tmp_path / "root" / "environments").glob("greeting-*")))
    image = store.find("local")
    assert image is not None
    assert run(image) == "42 world\n"


@pytest.fixture
def cpu_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An index with one package's CPU build; the one that pip is configured for has nothing."""
    for folder in ("empty", "cpu/tiny"):
        (tmp_path / folder).mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "cpu" / "tiny" / "tiny-1.0+cpu-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "VALUE = 42\n")
        about = "tiny-1.0+cpu.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0+cpu\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    (tmp_path / "cpu" / "tiny" / "index.html").write_text('<a href="tiny-1.0+cpu-py3-none-any.whl">tiny</a>')
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "empty").as_uri())
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return (tmp_path / "cpu").as_uri()


def test_a_cpu_build_that_pip_does_not_find_is_taken_from_its_own_index(tmp_path: Path, cpu_index: str) -> None:
    digest = hashlib.sha256((tmp_path / "cpu" / "tiny" / "tiny-1.0+cpu-py3-none-any.whl").read_bytes()).hexdigest()
    lock = tmp_path / "requirements-cpu.txt"
    lock.write_text(f"tiny==1.0+cpu --hash=sha256:{digest}\n")
    python = EnvironmentCache(tmp_path / "environments", cpu_index=cpu_index).python("image", lock)
    done = subprocess.run(
        [python, "-c", "import tiny; print(tiny.VALUE)"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "42\n"


def test_other_packages_are_not_looked_for_there(tmp_path: Path, cpu_index: str) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(EnvironmentBuildError, match=r"No matching distribution found for tiny==1\.0$"):
        EnvironmentCache(tmp_path / "environments", cpu_index=cpu_index).python("image", lock)


def test_the_lock_for_machines_without_gpu_is_the_one_that_counts(store: ImageStore, context: Path) -> None:
    lock = (context / "requirements.txt").read_text()
    (context / "requirements.txt").write_text("nowhere==1.0 --hash=sha256:00\n")
    (context / "requirements-cpu.txt").write_text(lock)
    image = build(store, context, "local")
    assert run(image) == "42 world\n"
    assert image.root is not None
    assert (image.root / "tmp" / "requirements.txt").read_text() == lock


def test_the_lock_of_a_build_argument_comes_first(store: ImageStore, context: Path) -> None:
    (context / "requirements-gpu.txt").write_text((context / "requirements.txt").read_text())
    for other in ("requirements.txt", "requirements-cpu.txt"):
        (context / other).write_text("nowhere==1.0 --hash=sha256:00\n")
    image = store.build(context, context / "Dockerfile", ["local"], arguments={"LOCK": "requirements-gpu.txt"})
    assert run(image) == "42 world\n"


@pytest.mark.usefixtures("wheels")
def test_package_with_another_hash_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    context = write_context(tmp_path / "context", f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(ImageBuildError, match=r"the packages of requirements.txt cannot be installed: ERROR"):
        build(ImageStore(tmp_path / "root"), context, "local")
    assert environments(tmp_path / "root") == []
    assert ImageStore(tmp_path / "root").find("local") is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("Dockerfile", None, r"context/Dockerfile: no such Dockerfile"),
        ("Dockerfile", "RUN true", r"context: the Dockerfile has no FROM"),
        ("Dockerfile", "FROM python", r"the Dockerfile has no ENTRYPOINT"),
        ("Dockerfile", "FROM x\nENTRYPOINT python -m y", r"ENTRYPOINT must be in exec form.*got: python -m y"),
        ("Dockerfile", 'FROM x\nENTRYPOINT ["nginx"]', r"only Python images run here\), got: nginx"),
        ("requirements.txt", None, r"line 8: COPY requirements.txt: no such file or folder"),
        ("requirements.txt", "tiny==1.0", r"requirements.txt is not hash-locked"),
    ],
)
def test_unbuildable_context_gives_one_line(
    tmp_path: Path, context: Path, name: str, content: str | None, reason: str
) -> None:
    (context / name).unlink()
    if content is not None:
        (context / name).write_text(content)
    with pytest.raises(ImageBuildError, match=reason) as raised:
        build(ImageStore(tmp_path / "root"), context, "local")
    assert "\n" not in str(raised.value)


def test_names_digests_and_pushes(store: ImageStore, context: Path) -> None:
    repository = "123456789012.dkr.ecr.us-east-1.amazonaws.com/assets"
    image = build(store, context, "local")
    store.tag("local", f"{repository}:one")
    assert store.find(f"{repository}:one") == image
    assert store.find("local:latest") == image
    assert store.find(f"{repository}:two") is None
    assert store.find(f"{repository}@{image.digest}") == image
    assert store.find(f"{repository}@sha256:{'0' * 64}") is None
    assert store.references(repository, pushed_only=True) == []
    pushed = store.push(f"{repository}:one")
    assert store.references(repository, pushed_only=True) == [pushed]
    assert (pushed.tag, pushed.digest) == ("one", image.digest)
    assert pushed.pushed_at is not None
    assert [each.name for each in store.references()] == [f"{repository}:one", "local:latest"]
    with pytest.raises(ImageNotFoundError, match="no such image: nothing"):
        store.tag("nothing", "x")
    with pytest.raises(ImageNotFoundError, match="no such image: nothing"):
        store.push("nothing")


def test_registry_port_is_no_tag(store: ImageStore, context: Path) -> None:
    build(store, context, "localhost:5000/name")
    assert [(each.repository, each.tag) for each in store.references()] == [("localhost:5000/name", "latest")]


def test_another_file_gives_another_digest_and_the_old_name_moves(store: ImageStore, context: Path) -> None:
    before = build(store, context, "local")
    (context / "greeting" / "__main__.py").write_text("print('changed')\n")
    after = build(store, context, "local")
    assert after.digest != before.digest
    assert store.find("local") == after
    assert run(after) == "changed\n"


def test_ignored_files_stay_outside(store: ImageStore, context: Path) -> None:
    (context / ".dockerignore").write_text("*\n!requirements.txt\n!greeting\n**/*.pyc\n")
    (context / "secret.txt").write_text("x")
    (context / "greeting" / "old.pyc").write_text("x")
    image = build(store, context)
    assert copied(image) == ["opt/program/greeting/__main__.py", "tmp/requirements.txt"]


def copied(image: LocalImage) -> list[str]:
    """The files of the image, by their paths in it."""
    assert image.root is not None
    files = [path for path in image.root.rglob("*") if path.is_file() and path.parent.name != "__pycache__"]
    return sorted(path.relative_to(image.root).as_posix() for path in files)


@pytest.mark.parametrize(
    ("rules", "path", "excluded"),
    [
        ("*.md", "README.md", True),
        ("*.md", "docs/README.md", False),
        ("**/*.md", "docs/deep/README.md", True),
        ("**/*.md", "README.md", True),
        ("docs", "docs/a/b", True),
        ("docs/", "docs/a", True),
        ("/docs", "docs/a", True),
        ("docs/**", "docs/a/b", True),
        ("*\n!docs", "docs/a", False),
        ("*\n!docs\ndocs/a", "docs/a", True),
        ("*.md\n!README.md", "README.md", False),
        ("# *.md", "README.md", False),
        ("file?.txt", "file1.txt", True),
        ("file[12].txt", "file3.txt", False),
        ("a.b", "aXb", False),
    ],
)
def test_ignore_rules(rules: str, path: str, excluded: bool) -> None:
    assert DockerIgnore(rules).excludes(path) is excluded


def test_named_contexts_are_part_of_the_image(store: ImageStore, context: Path, tmp_path: Path) -> None:
    beside = tmp_path / "beside"
    (beside / "polite").mkdir(parents=True)
    (beside / "polite" / "words.py").write_text("PLEASE = 'please'\n")
    (beside / "notes.txt").write_text("not copied\n")
    (context / "Dockerfile").write_text(
        DOCKERFILE.replace("COPY greeting", "WORKDIR /opt/program\nCOPY --from=beside polite polite\nCOPY greeting")
    )
    (context / "greeting" / "__main__.py").write_text("from polite.words import PLEASE; print(PLEASE)\n")
    with pytest.raises(ImageBuildError, match="needs --build-context beside=FOLDER"):
        store.build(context, Path("Dockerfile"), [])
    image = store.build(context, Path("Dockerfile"), [], contexts={"beside": beside})
    assert run(image) == "please\n"
    assert not (image.context / "notes.txt").exists()
    (beside / "polite" / "words.py").write_text("PLEASE = 'now'\n")
    assert store.build(context, Path("Dockerfile"), [], contexts={"beside": beside}).digest != image.digest


def test_an_image_without_dependencies_runs(store: ImageStore) -> None:
    image = build(store, IMAGES / "bare")
    assert run(image, "train") == "train beside beside.py run.py\n"
    assert copied(image) == ["srv/beside.py", "srv/run.py"]
    shutil.rmtree(image.python.parent.parent)
    store.build(IMAGES / "bare", Path("Dockerfile"), ["bare"])
    found = store.find("bare")
    assert found is not None
    assert run(found) == "beside beside.py run.py\n"


def test_copies_are_where_the_dockerfile_says(store: ImageStore, tmp_path: Path, context: Path) -> None:
    folder = tmp_path / "mapped"
    shutil.copytree(IMAGES / "mapped", folder)
    shutil.copy(context / "requirements.txt", folder)
    image = build(store, folder, "mapped")
    assert copied(image) == [
        "opt/app/data/made.txt",
        "opt/app/program.py",
        "opt/lib/first.py",
        "opt/lib/second_of_two.py",
    ]
    assert run(image) == "1 2 42 made\n"
    shutil.rmtree(image.python.parent.parent)
    found = store.find("mapped")
    assert found is not None
    assert run(found) == "1 2 42 made\n"
    other = store.build(folder, Path("Dockerfile"), [], arguments={"FOLDER": "/opt/other"})
    assert other.digest != image.digest
    assert "opt/other/data/made.txt" in copied(other)


@pytest.mark.parametrize(
    ("instruction", "reason"),
    [
        ("RUN make all", r"line 2: RUN make all: only pip install -r LOCK runs here"),
        (
            "RUN apt-get update \\\n    && curl -O https://example.com",
            r"line 2: RUN curl -O https://example\.com: only",
        ),
        ("RUN pip install numpy", r"line 2: RUN pip install numpy: packages come from a hash-locked file"),
        ("RUN python -m app.prepare", r"line 2: RUN python -m app\.prepare: only"),
        ("RUN pip install .", r"line 2: RUN pip install \.: packages come from a hash-locked file"),
        ("RUN echo x > /tmp/y", r"line 2: RUN echo x > /tmp/y: only"),
        ("RUN rm -rf /opt/app", r"line 2: RUN rm -rf /opt/app: only"),
        ("RUN <<EOF", r"line 2: RUN with a here-document is not available here"),
        ("RUN pip install -r /tmp/none.txt", r"line 2: RUN pip install -r /tmp/none\.txt: no COPY has put this file"),
        ("ADD https://example.com/model.bin /opt/", r"line 2: ADD is not available here: use COPY"),
        ('SHELL ["bash"]', r"line 2: SHELL is not available here"),
        ("COPY --from=nginx:1.29 /etc /etc", r"line 2: COPY --from=nginx:1\.29: files of another image are not"),
        ("COPY --exclude=*.txt . .", r"line 2: COPY --exclude=\*\.txt is not available here"),
        ("COPY missing /opt/missing", r"line 2: COPY missing: no such file or folder"),
    ],
)
def test_what_does_not_run_here_is_refused_with_its_line(
    store: ImageStore, tmp_path: Path, instruction: str, reason: str
) -> None:
    (tmp_path / "Dockerfile").write_text(f'FROM python\n{instruction}\nENTRYPOINT ["python", "-m", "app"]\n')
    with pytest.raises(ImageBuildError, match=reason) as raised:
        build(store, tmp_path)
    assert "\n" not in str(raised.value)


def test_a_file_that_a_stage_does_not_copy_is_refused(store: ImageStore, tmp_path: Path) -> None:
    text = "FROM python AS made\nRUN python -m venv /opt/venv\nFROM python\nCOPY --from=made /opt/model /opt/model\n"
    (tmp_path / "Dockerfile").write_text(f'{text}ENTRYPOINT ["python", "-m", "app"]\n')
    with pytest.raises(ImageBuildError, match=r"line 4: COPY /opt/model: no such file or folder"):
        build(store, tmp_path)


def test_target_stage_is_read() -> None:
    text = 'FROM a AS train\nENTRYPOINT ["python", "train.py"]\n'
    text += 'FROM train AS serve\nENTRYPOINT ["python", "serve.py"]\n'
    assert parse_dockerfile(text, "train").entrypoint == ("python", "train.py")
    assert parse_dockerfile(text, "serve").entrypoint == ("python", "serve.py")
    with pytest.raises(DockerfileError, match=r"no stage 'test' \(stages: train, serve\)"):
        parse_dockerfile(text, "test")
