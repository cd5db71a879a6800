"""Imports run one way, heavy libraries stay where they belong, and the top level is what it is said to be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("service", "catalog", "mobile_contract", "loadtests", "migrations", "tests")


def modules(package: str) -> Iterator[Path]:
    yield from sorted((ROOT / package).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides what it imports"
            assert node.module is not None
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def reaches(imported: str, forbidden: str) -> bool:
    return imported == forbidden or imported.startswith(f"{forbidden}.")


RULES = [
    (
        "mobile_contract",
        ("service", "catalog", "migrations", "loadtests", "tests", "litestar", "sqlalchemy", "onnxruntime"),
    ),
    ("catalog", ("service", "mobile_contract", "migrations", "loadtests", "tests", "litestar", "onnxruntime", "PIL")),
    ("migrations", ("service", "mobile_contract", "loadtests", "tests", "litestar")),
    ("service", ("loadtests", "tests")),
    (
        "service/recognition",
        (
            "mobile_contract",
            "litestar",
            "granian",
            "httpx",
            "catalog.imports",
            "catalog.lookups",
            "catalog.database",
            "service.app",
            "service.bootstrap",
            "service.models",
            "service.settings",
        ),
    ),
    ("service/recognition/embedding", ("catalog", "sqlalchemy")),
]


@pytest.mark.parametrize(("package", "forbidden"), RULES, ids=[package for package, _ in RULES])
def test_imports_run_one_way(package: str, forbidden: tuple[str, ...]) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in modules(package)
        for imported in imports_of(path)
        for name in forbidden
        if reaches(imported, name)
    ]
    assert not wrong, wrong


def test_the_python_client_needs_little() -> None:
    """It may be copied out, or installed where none of the rest is."""
    allowed = {"httpx", "msgspec", "PIL", "pillow_heif", "mobile_contract", *sys.stdlib_module_names}
    wrong = [
        f"{path.relative_to(ROOT)} imports {imported}"
        for path in modules("mobile_contract/clients/python")
        for imported in imports_of(path)
        if imported.split(".")[0] not in allowed
    ]
    assert not wrong, wrong
    structs = [path for path in modules("mobile_contract") if "clients" not in path.parts]
    assert not [path for path in structs if any(reaches(one, "mobile_contract.clients") for one in imports_of(path))]


def test_torch_is_imported_by_the_model_makers_only() -> None:
    allowed = (ROOT / "service" / "models", ROOT / "service" / "starter")
    wrong = [
        str(path.relative_to(ROOT))
        for package in ("service", "catalog", "mobile_contract", "migrations")
        for path in modules(package)
        if not path.is_relative_to(allowed[0]) and not path.is_relative_to(allowed[1])
        for imported in imports_of(path)
        if any(reaches(imported, heavy) for heavy in ("torch", "torchvision", "open_clip", "vtk", "build123d"))
    ]
    assert not wrong, wrong


def test_the_running_service_loads_no_heavy_library() -> None:
    heavy = ("torch", "onnx", "vtkmodules", "build123d")
    code = f"import sys, service.app; print(*(m for m in {heavy} if m in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert loaded.stdout.strip() == ""


def test_vectors_are_spoken_of_in_one_module_of_sql() -> None:
    speaking = [
        str(path.relative_to(ROOT))
        for package in ("catalog", "service")
        for path in modules(package)
        if any(word in path.read_text(encoding="utf-8") for word in ("<#>", "halfvec_ip_ops", "hnsw."))
    ]
    assert speaking == ["catalog/search/vectors.py"]


def test_every_handler_is_short() -> None:
    long = []
    for path in sorted((ROOT / "service").glob("*/handlers.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        functions = [node for node in nodes if isinstance(node, ast.AsyncFunctionDef)]
        long += [f"{path.relative_to(ROOT)}:{node.name}" for node in functions if len(node.body) > 7]
    assert not long, long


def test_resource_folders_have_the_same_files() -> None:
    known = {"__init__.py", "handlers.py", "presenter.py", "requests.py", "actions.py"}
    folders = [path.parent for path in (ROOT / "service").glob("*/handlers.py")]
    assert len(folders) >= 7
    for folder in folders:
        names = {path.name for path in folder.glob("*.py")}
        assert {"__init__.py", "handlers.py", "presenter.py"} <= names <= known, folder


def test_the_top_level_is_fixed() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False).stdout.split(
        "\n"
    )
    if tracked == [""]:
        pytest.skip("this is no git checkout")
    top = {name.split("/")[0] for name in tracked if name and not name.startswith(".")}
    files = {"pyproject.toml", "README.md", "LICENSE", "Makefile", "alembic.ini"}
    assert top <= {*OURS, *files}
