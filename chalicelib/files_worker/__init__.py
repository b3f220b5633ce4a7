"""Reads the text of candidates' files: PDF, DOCX, ODT and plain text.

Only the function of ``worker_functions/files`` imports this package. The function has no keys and
reaches nothing but the bucket of files, because it reads what strangers have written.
"""
