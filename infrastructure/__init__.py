"""Tools to run and operate Hirelane. None of this is packaged with the functions."""
