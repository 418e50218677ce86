"""Echo, broadcast and datagram echo on Python's eventlet or gevent: server.py MODE LIBRARY."""
import resource
import sys

MODE, LIBRARY = sys.argv[1:]
if LIBRARY == "eventlet":
    import eventlet
    from eventlet.green import socket

    spawn = eventlet.spawn_n
    version = eventlet.__version__
else:
    import gevent
    from gevent import socket

    spawn = gevent.spawn
    version = gevent.__version__

members = set()


def echo(connection):
    try:
        while data := connection.recv(32 * 1024):
            connection.sendall(data)
    except OSError:
        pass  # the peer is gone
    finally:
        connection.close()


def broadcast(connection):
    try:
        while data := connection.recv(4096):
            for member in list(members):
                member.sendall(data)
    except OSError:
        pass  # the peer is gone
    finally:
        members.discard(connection)
        connection.close()


def announce(listener):
    host, port = listener.getsockname()
    print(f"listening on {host}:{port} ({LIBRARY} {version})", flush=True)


def serve():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    announce(listener)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if MODE == "broadcast":
            members.add(connection)
            spawn(broadcast, connection)
        else:
            spawn(echo, connection)


def serve_datagrams():
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    announce(listener)
    while True:
        data, peer = listener.recvfrom(64 * 1024)
        listener.sendto(data, peer)


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
serve_datagrams() if MODE == "udp" else serve()
