"""The Chalice adapter: routing, requests, responses, problem documents, OpenAPI."""
