"""The pictures: what pure Python costs, how cost grows with size, and where the time of a handshake goes.

    cost.draw(run)  growth.draw(run)  waterfall.draw(run)       each the bytes of an SVG file

The same run gives the same bytes.  `style` is what they share.  Drawing needs matplotlib, from the extra
`bench`, and imports it only then.
"""
