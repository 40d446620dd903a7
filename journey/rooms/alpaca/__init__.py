"""Side room: two services behind one certificate, and a call that arrives at the wrong one."""
