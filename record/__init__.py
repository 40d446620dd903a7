"""The record layer: how bytes on the wire become protected records, and back.  RFC 9846 section 5.

content_type    the four kinds of content
framing         bytes to records: a five-byte header, bounded lengths
protection      one direction under one key: seal and open single records
padding         how much longer than it is a record shall look
alert           the two-byte messages that close a connection or refuse it
layer           both halves together: what the connection reads from and writes to
errors          what can be wrong with a record
"""
