"""Files of candidates, such as resumes: uploads, their checks, and downloads."""
