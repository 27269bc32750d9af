"""The posting engine without its subject.

Documents wait in partitions (one per warehouse), are claimed, worked chunk by chunk, and recorded. Statements and deliveries of customer
orders are its two kinds of documents; what is done with a chunk stands in their apps.
"""
