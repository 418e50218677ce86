// Echo, broadcast and datagram echo on Go's net package: MODE is the argument.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"sync"
)

var (
	gate    sync.Mutex
	members = map[net.Conn]bool{}
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func echo(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 32*1024)
	for {
		n, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err = connection.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func broadcast(connection net.Conn) {
	defer func() {
		gate.Lock()
		delete(members, connection)
		gate.Unlock()
		connection.Close()
	}()
	buffer := make([]byte, 4096)
	for {
		n, err := connection.Read(buffer)
		if err != nil {
			return
		}
		gate.Lock()
		for member := range members {
			member.Write(buffer[:n]) // whose connection is broken finds out by reading
		}
		gate.Unlock()
	}
}

func udp() {
	socket, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	check(err)
	fmt.Printf("listening on %v (%s)\n", socket.LocalAddr(), runtime.Version())
	buffer := make([]byte, 64*1024)
	for {
		n, peer, err := socket.ReadFromUDPAddrPort(buffer)
		check(err)
		_, err = socket.WriteToUDPAddrPort(buffer[:n], peer)
		check(err)
	}
}

func main() {
	mode := os.Args[1]
	if mode == "udp" {
		udp()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Printf("listening on %v (%s)\n", listener.Addr(), runtime.Version())
	for {
		connection, err := listener.Accept()
		check(err)
		if mode == "broadcast" {
			gate.Lock()
			members[connection] = true
			gate.Unlock()
			go broadcast(connection)
		} else {
			go echo(connection)
		}
	}
}
