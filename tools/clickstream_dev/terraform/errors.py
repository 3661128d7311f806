"""What goes wrong with Terraform's code."""

from __future__ import annotations

from clickstream_dev.errors import CommandError


class TerraformError(CommandError):
    """An expression has no value. The message begins with the file and line that it stands in, once they are known."""

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
