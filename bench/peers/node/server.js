// Echo, broadcast and datagram echo on node's net and dgram: MODE is the argument.
'use strict';
const mode = process.argv[2];
const members = new Set();

function announce(at) {
    console.log(`listening on 127.0.0.1:${at.port} (node ${process.version})`);
}

function serve(socket) {
    members.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => members.delete(socket));
    if (mode === 'broadcast') {
        socket.on('data', (data) => members.forEach((member) => member.write(data)));
    } else {
        socket.on('data', (data) => {
            if (!socket.write(data)) {
                socket.pause();
                socket.once('drain', () => socket.resume());
            }
        });
    }
}

if (mode === 'udp') {
    const socket = require('dgram').createSocket('udp4');
    socket.on('message', (data, peer) => socket.send(data, peer.port, peer.address));
    socket.bind(0, '127.0.0.1', () => announce(socket.address()));
} else {
    const server = require('net').createServer(serve);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => announce(server.address()));
}
