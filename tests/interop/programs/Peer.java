// Java's SSLSocket as a peer.  One job a line on standard input, with tabs between its words:
//
//     client PORT CA SUITE GROUPS FILE         send the file, and have it back
//     server STORE - SUITE GROUPS SIZE         read so many bytes, and send them back; a PKCS#12 key store
//
// A server answers "listening PORT"; each job ends with "done" or "failed REASON".  GROUPS is ignored: Java
// reads them once, from the property jdk.tls.namedGroups.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

public class Peer {
    static final int PATIENCE = 30_000; // milliseconds
    static final char[] PASSWORD = "password".toCharArray(); // the key store's

    public static void main(String[] arguments) throws IOException {
        var jobs = new BufferedReader(new InputStreamReader(System.in));
        for (String line = jobs.readLine(); line != null; line = jobs.readLine()) {
            String[] words = line.split("\t", -1);
            try {
                if (words[0].equals("client")) client(words);
                else server(words);
                System.out.println("done");
            } catch (Exception error) {
                System.out.println("failed " + error.toString().replace('\n', ' '));
            }
        }
    }

    static void client(String[] words) throws Exception {
        var anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        try (InputStream ca = Files.newInputStream(Path.of(words[2]))) {
            anchors.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
        }
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(anchors);
        byte[] content = Files.readAllBytes(Path.of(words[5]));
        SSLContext context = context(null, trust.getTrustManagers());
        int port = Integer.parseInt(words[1]);
        try (var connection = (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
            connection.setSoTimeout(PATIENCE);
            SSLParameters parameters = restricted(words[3]);
            parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the name is to be verified
            connection.setSSLParameters(parameters);
            connection.getOutputStream().write(content);
            byte[] received = connection.getInputStream().readNBytes(content.length);
            if (!Arrays.equals(received, content)) throw new IOException("something else came back");
        }
    }

    static void server(String[] words) throws Exception {
        var store = KeyStore.getInstance(Path.of(words[1]).toFile(), PASSWORD);
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, PASSWORD);
        int size = Integer.parseInt(words[5]);
        var factory = context(keys.getKeyManagers(), null).getServerSocketFactory();
        var loopback = InetAddress.getByName("127.0.0.1");
        try (var listener = (SSLServerSocket) factory.createServerSocket(0, 1, loopback)) {
            listener.setSoTimeout(PATIENCE);
            listener.setSSLParameters(restricted(words[3]));
            System.out.println("listening " + listener.getLocalPort());
            try (var connection = (SSLSocket) listener.accept()) {
                connection.setSoTimeout(PATIENCE);
                byte[] received = connection.getInputStream().readNBytes(size);
                if (received.length < size) throw new IOException("cut short");
                connection.getOutputStream().write(received);
            }
        }
    }

    static SSLContext context(KeyManager[] keys, TrustManager[] trust) throws Exception {
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(keys, trust, null);
        return context;
    }

    static SSLParameters restricted(String suite) {
        var parameters = new SSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        if (!suite.isEmpty()) parameters.setCipherSuites(new String[] {suite});
        return parameters;
    }
}
