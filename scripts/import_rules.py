"""The import rule that import-linter does not bring: which modules of a service stand on plain Python.

Configured in pyproject.toml under `[tool.importlinter]`, as a contract of type `plain`.
"""

import sys
from collections.abc import Iterable
from typing import ClassVar, cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PlainModulesContract(Contract):
    """Holds a module, in every service, to the standard library, the kernel and named modules of its own service.

    Options:
        services: the services' packages.
        module: the module's name in each (a service without it is fine).
        may_import: what it may import of its own service, by the module's name in the service.
        kernel: the package that every service shares.
    """

    type_name: ClassVar[str] = "plain"

    services = fields.ListField(subfield=fields.StringField())
    module = fields.StringField()
    may_import = fields.ListField(subfield=fields.StringField())
    kernel = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 (import-linter's signature)
        """Collect every direct import that is not on the list."""
        broken = [
            (importer, imported)
            for service in cast("Iterable[str]", self.services)
            for importer in sorted(name for name in graph.modules if _is_in(name, f"{service}.{self.module}"))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not self._is_allowed(service, imported)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def _is_allowed(self, service: str, imported: str) -> bool:
        if imported.split(".", maxsplit=1)[0] in sys.stdlib_module_names:
            return True
        own = [str(self.module), *cast("Iterable[str]", self.may_import)]
        return any(_is_in(imported, package) for package in (str(self.kernel), *(f"{service}.{name}" for name in own)))

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line for each import that is not allowed."""
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} is not allowed to import {imported}")
        output.new_line()


def _is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
