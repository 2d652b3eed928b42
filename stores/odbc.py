"""Where Microsoft's ODBC driver for SQL Server is on this machine."""

from __future__ import annotations

import importlib.util
import platform
from pathlib import Path

from storeproof.stores.errors import invalid

_INSTALLED = ("ODBC Driver 18 for SQL Server", "ODBC Driver 17 for SQL Server")
_WHEEL = "mssql_python_odbc"
_WHEEL_FOLDERS = {
    "debian": "debian_ubuntu",
    "ubuntu": "debian_ubuntu",
    "rhel": "rhel",
    "fedora": "rhel",
    "suse": "suse",
    "alpine": "alpine",
}


def odbc_driver() -> str:
    """An installed driver's name, best first, or the file that the PyPI wheel brings.

    Raises INVALID_PARAMETER_VALUE if there is neither, or if pyodbc does not load.
    """
    try:
        import pyodbc
    except ImportError as error:
        raise invalid(
            f"pyodbc cannot be loaded ({error}); run: pip install 'storeproof[mssql]', and install "
            "unixODBC."
        ) from None
    known = pyodbc.drivers()
    for name in _INSTALLED:
        if name in known:
            return name
    files = _of_wheel()
    if files:
        # The file itself: the driver finds its resources beside it, and not through a link.
        return str(files[-1])
    raise invalid(
        "No ODBC driver for SQL Server is installed; run: pip install 'storeproof[mssql]', or name "
        "one with ?driver= in the address."
    )


def _of_wheel() -> list[Path]:
    found = importlib.util.find_spec(_WHEEL)
    if found is None or found.origin is None:
        return []
    libraries = Path(found.origin).parent / "libs"
    return sorted(libraries.glob(f"*/{_folder()}{platform.machine()}/lib/libmsodbcsql*"))


def _folder() -> str:
    """The wheel's folder for this system, empty where it has one for all."""
    if platform.system() != "Linux":
        return ""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "*/"
    names = (release.get("ID", ""), *release.get("ID_LIKE", "").split())
    return next((f"{_WHEEL_FOLDERS[name]}/" for name in names if name in _WHEEL_FOLDERS), "*/")
