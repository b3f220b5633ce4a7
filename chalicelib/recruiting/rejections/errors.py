"""Errors of the settings for rejections."""

from __future__ import annotations

from chalicelib.common.errors import DomainError


class TemplateNotFound(DomainError):
    """The employer has no template with this id."""


class TooManyTemplates(DomainError):
    """The employer has as many templates as it can have."""
