"""What Hirelane costs on AWS: the measured use of services, prices with their date, the model."""
