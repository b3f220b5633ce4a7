"""Deploy Hirelane to AWS with CloudFormation; see docs/aws.md.

`python -m infrastructure aws` has the commands. The same commands deploy to LocalStack every part
that LocalStack core has.
"""
