// Go's crypto/tls as a peer.  One job a line on standard input, with tabs between its words:
//
//	client port=PORT file=FILE ...      send the file, and have it back
//	server size=SIZE ...                read so many bytes, and send them back
//
// and further of each: ca=, certificate=, key=, groups=, visits=, rounds=, asks=, shows=, status=.  A server
// answers "listening PORT"; each job ends with "done" or "failed REASON".  There is a suite= as well, which is
// ignored: crypto/tls does not let anybody choose among the suites of TLS 1.3.
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

type job map[string]string

func (j job) number(name string) int {
	number, _ := strconv.Atoi(j[name])
	return number
}

func main() {
	jobs := bufio.NewScanner(os.Stdin)
	for jobs.Scan() {
		words := strings.Split(jobs.Text(), "\t")
		told := job{}
		for _, word := range words[1:] {
			name, value, _ := strings.Cut(word, "=")
			told[name] = value
		}
		do := server
		if words[0] == "client" {
			do = client
		}
		if err := do(told); err != nil {
			fmt.Println("failed", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("done")
		}
	}
}

func client(told job) error {
	content, err := os.ReadFile(told["file"])
	if err != nil {
		return err
	}
	config, err := configuration(told, told["shows"] != "")
	if err != nil {
		return err
	}
	config.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	for visit := range told.number("visits") {
		if err := talk(told, config, content, visit); err != nil {
			return err
		}
	}
	return nil
}

func talk(told job, config *tls.Config, content []byte, visit int) error {
	dialer := &net.Dialer{Timeout: patience}
	connection, err := tls.DialWithDialer(dialer, "tcp", "localhost:"+told["port"], config)
	if err != nil {
		return err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(patience))
	if resumed := connection.ConnectionState().DidResume; resumed != (visit > 0) {
		return fmt.Errorf("the session was resumed: %v", resumed)
	}
	if told["status"] != "" {
		status, err := os.ReadFile(told["status"])
		if err != nil || !bytes.Equal(status, connection.OCSPResponse()) {
			return errors.New("no OCSP response, or another one")
		}
	}
	received := make([]byte, len(content))
	for range told.number("rounds") {
		if _, err := connection.Write(content); err != nil {
			return err
		}
		if _, err := io.ReadFull(connection, received); err != nil {
			return err
		}
		if !bytes.Equal(received, content) {
			return errors.New("something else came back")
		}
	}
	return nil
}

func server(told job) error {
	config, err := configuration(told, true)
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
	for visit := range told.number("visits") {
		accepted, err := listener.Accept()
		if err != nil {
			return err
		}
		if err := answer(told, tls.Server(accepted, config), visit); err != nil {
			return err
		}
	}
	return nil
}

func answer(told job, connection *tls.Conn, visit int) error {
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(patience))
	received := make([]byte, told.number("size"))
	for range told.number("rounds") {
		if _, err := io.ReadFull(connection, received); err != nil {
			return err
		}
		if _, err := connection.Write(received); err != nil {
			return err
		}
	}
	state := connection.ConnectionState()
	if state.DidResume != (visit > 0) {
		return fmt.Errorf("the session was resumed: %v", state.DidResume)
	}
	if (len(state.VerifiedChains) > 0) != (told["shows"] != "") {
		return errors.New("the client's certificate")
	}
	return nil
}

func configuration(told job, identified bool) (*tls.Config, error) {
	pem, err := os.ReadFile(told["ca"])
	if err != nil {
		return nil, err
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM(pem)
	config := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: authorities, ClientCAs: authorities}
	for _, group := range strings.Split(told["groups"], ",") {
		if number, err := strconv.Atoi(group); err == nil {
			config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(number))
		}
	}
	switch told["asks"] {
	case "request":
		config.ClientAuth = tls.VerifyClientCertIfGiven
	case "require":
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if identified {
		certificate, err := tls.LoadX509KeyPair(told["certificate"], told["key"])
		if err != nil {
			return nil, err
		}
		if told["status"] != "" {
			if certificate.OCSPStaple, err = os.ReadFile(told["status"]); err != nil {
				return nil, err
			}
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}
