"""What if the peer had said something else?  A handshake recorded, and played again with changes.

tape            all that came from outside into a connection, and `tape_text` for a file of it; `taping` makes
                the file, `rehearsal` a tape without a network
replay          a tape played again with changes: `edits` makes them, `experiments` are some worth trying
view            takes commands in a terminal, as `typed`, and answers in `words`
"""
