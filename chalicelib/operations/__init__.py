"""Health, readiness and the OpenAPI document."""
