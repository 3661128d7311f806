"""What goes wrong: one line, which begins with the file and line that it is about, where they are known."""

from __future__ import annotations


class TerraformError(Exception):
    """An expression has no value, or what has one can't be applied."""

    has_place = False

    def at(self, place: str) -> TerraformError:
        """The same error with its place, unless a place further inside is known already."""
        if self.has_place:
            return self
        error = type(self)(f"{place}: {self}")
        error.has_place = True
        return error


class NotSupportedError(TerraformError):
    """Terraform could, but this evaluator can't: `try` and `can` must not hide it."""


class ProvisioningError(TerraformError):
    """The local AWS refuses a resource."""
