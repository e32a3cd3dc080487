"""Where the checks find their subjects: by walking the folders, never from a list kept by hand."""

import ast
import importlib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src"
PACKAGE: Final = SOURCE / "ledgerline"


def module_name(path: Path) -> str:
    """Name the module of a file under ``src``: a package is named as its folder."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def python_files(folder: Path) -> list[Path]:
    """List the Python files of a folder and of everything below it."""
    return sorted(folder.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """Parse one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def every_module() -> tuple[ModuleType, ...]:
    """Import every module of the platform, so that every class it defines exists."""
    return tuple(importlib.import_module(module_name(path)) for path in python_files(PACKAGE))


def packages() -> frozenset[str]:
    """Name the packages directly inside the platform."""
    return frozenset(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
