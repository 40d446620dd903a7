"""A connection made visible: all that happens inside it, recorded, explained and drawn.

trace           everything that was observed, in its order; `annotations` say what it is for
parts           the bytes of a message or certificate with their meaning
trace_view      the trace in a terminal; `parts_view` draws the bytes
trace_page      the same for a browser, in pieces: `talk_page`, `parts_page`, `keys_page`, `records_page` and
                `source_page`, put together with `markup`; its `page_words`, `page_style` and `page_script`
explaining      a server whose answers are about the connection that carries them
tape            a recorded connection; `what_if` plays it again with changes, of which `experiments` has some
                worth trying, and `what_if_view` does so in a terminal; `taping` writes one to a file
explained       why the server's certificates are trusted, or are not
"""
