"""Bulk operations: move or reject many applications, with a preview, progress and results."""
