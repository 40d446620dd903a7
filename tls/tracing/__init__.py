"""A connection made visible: all that happens inside it, recorded, explained and drawn.

trace           everything that was observed, in its order; `annotations` say what it is for
parts           the bytes of a message or certificate with their meaning; `elsewhere` names what we step over
source          which line of our own is behind it
formulas        how each secret was made, as the RFC writes it
trace_view      the trace in a terminal; `parts_view` draws the bytes
trace_page      the same for a browser, section by section: `talk_page`, `parts_page`, `keys_page`,
                `records_page` and `source_page`, of `page_pieces` and `tls.markup`; its `page_words`,
                `page_style` and `page_script`
page_folder     such pages of a server's connections, in a folder
explaining      a server whose answers are about the connection that carries them
certificate_verdict
                why the server's certificates are trusted, or are not
"""
