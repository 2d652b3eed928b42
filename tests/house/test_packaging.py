"""What is in the tree is in the wheel, and a light import stays light."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from repository import PACKAGES, ROOT, files, pyproject

SETUPTOOLS = pyproject()["tool"]["setuptools"]


def dotted(folder: str) -> str:
    return "storeproof." + folder.replace("/", ".")


def test_every_package_folder_is_listed() -> None:
    inits = [path for package in PACKAGES for path in files(ROOT / package)]
    folders = {dotted(str(path.parent.relative_to(ROOT))) for path in inits if path.suffix == ".py"}
    assert set(SETUPTOOLS["packages"]) == folders


def test_every_package_folder_has_an_init_file() -> None:
    for package in PACKAGES:
        for path in files(ROOT / package):
            if path.suffix == ".py":
                assert (path.parent / "__init__.py").exists(), path.parent


def test_the_namespace_has_no_init_file() -> None:
    assert not (ROOT / "storeproof").exists()


def test_every_data_file_is_packaged() -> None:
    packaged = {
        path
        for package, patterns in SETUPTOOLS["package-data"].items()
        for pattern in patterns
        for path in ROOT.joinpath(*package.split(".")[1:]).glob(pattern)
    }
    data = {path for package in PACKAGES for path in files(ROOT / package) if path.suffix != ".py"}
    assert data - packaged == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


def test_importing_the_stores_loads_no_driver_and_no_test_tool() -> None:
    question = "import json, sys, storeproof.stores; print(json.dumps(sorted(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", question], check=True, capture_output=True, text=True
    )
    loaded = set(json.loads(answer.stdout))
    assert "storeproof.stores" in loaded
    heavy = {"sqlalchemy", "alembic", "yaml", "pytest", "hypothesis", "rich", "click"}
    heavy |= {"httpx", "msgspec", "starlette", "uvicorn", "jinja2"}
    assert not loaded & heavy
