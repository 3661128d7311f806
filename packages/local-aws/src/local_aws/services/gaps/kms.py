"""moto's KMS, with the rotation period that it leaves out. No key is ever rotated."""

from __future__ import annotations

import json
from typing import Any

from moto.kms.responses import KmsResponse

DEFAULT_ROTATION_PERIOD_DAYS = 365


class LocalKmsResponse(KmsResponse):
    """Stores a key's rotation period and gives it back."""

    def enable_key_rotation(self) -> str:
        """EnableKeyRotation."""
        answer = super().enable_key_rotation()
        self._key().rotation_period_days = self._get_param("RotationPeriodInDays") or DEFAULT_ROTATION_PERIOD_DAYS
        return answer

    def get_key_rotation_status(self) -> str:
        """GetKeyRotationStatus."""
        status = json.loads(super().get_key_rotation_status())
        key = self._key()
        status["KeyId"] = key.arn
        if status["KeyRotationEnabled"]:
            status["RotationPeriodInDays"] = getattr(key, "rotation_period_days", DEFAULT_ROTATION_PERIOD_DAYS)
        return json.dumps(status)

    def _key(self) -> Any:
        return self.kms_backend.keys[self.kms_backend.get_key_id(self._get_param("KeyId"))]


def install() -> None:
    """Let moto use these responses; must come before moto's server is imported."""
    from moto.kms import urls

    urls.url_paths["{0}/$"] = LocalKmsResponse.dispatch
