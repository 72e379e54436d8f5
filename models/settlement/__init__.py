# Settlement room: what the customer owes against what was agreed (articles S1-S3).
