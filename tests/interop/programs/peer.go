// Go's crypto/tls as a peer.  One job a line on standard input, with tabs between its words:
//
//	client PORT CA SUITE GROUPS FILE         send the file, and have it back
//	server CERTIFICATE KEY SUITE GROUPS SIZE read so many bytes, and send them back
//
// A server answers "listening PORT"; each job ends with "done" or "failed REASON".  SUITE is ignored:
// crypto/tls does not let anybody choose among the suites of TLS 1.3.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

const patience = 30 * time.Second

func main() {
	jobs := bufio.NewScanner(os.Stdin)
	for jobs.Scan() {
		words := strings.Split(jobs.Text(), "\t")
		job := server
		if words[0] == "client" {
			job = client
		}
		if err := job(words[1:]); err != nil {
			fmt.Println("failed", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("done")
		}
	}
}

func client(words []string) error {
	pem, err := os.ReadFile(words[1])
	if err != nil {
		return err
	}
	content, err := os.ReadFile(words[4])
	if err != nil {
		return err
	}
	config := restricted(words[3])
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AppendCertsFromPEM(pem)
	dialer := &net.Dialer{Timeout: patience}
	connection, err := tls.DialWithDialer(dialer, "tcp", "localhost:"+words[0], config)
	if err != nil {
		return err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(patience))
	if _, err := connection.Write(content); err != nil {
		return err
	}
	received := make([]byte, len(content))
	if _, err := io.ReadFull(connection, received); err != nil {
		return err
	}
	if !bytes.Equal(received, content) {
		return errors.New("something else came back")
	}
	return nil
}

func server(words []string) error {
	certificate, err := tls.LoadX509KeyPair(words[0], words[1])
	if err != nil {
		return err
	}
	size, err := strconv.Atoi(words[4])
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	listener.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	config := restricted(words[3])
	config.Certificates = []tls.Certificate{certificate}
	accepted, err := listener.Accept()
	if err != nil {
		return err
	}
	connection := tls.Server(accepted, config)
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(patience))
	received := make([]byte, size)
	if _, err := io.ReadFull(connection, received); err != nil {
		return err
	}
	_, err = connection.Write(received)
	return err
}

func restricted(groups string) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	for _, group := range strings.Split(groups, ",") {
		if number, err := strconv.Atoi(group); err == nil {
			config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(number))
		}
	}
	return config
}
