// Java's SSLSocket as a peer.  One job a line on standard input, with tabs between its words:
//
//     client port=PORT file=FILE ...      send the file, and have it back
//     server size=SIZE ...                read so many bytes, and send them back
//
// and further of each: ca=, certificate= (a PKCS#12 store), suite=, visits=, rounds=, asks=, shows=, updates=,
// status=.  A server answers "listening PORT"; each job ends with "done" or "failed REASON".  There is a groups=
// as well, which is ignored: Java reads them once, from the property jdk.tls.namedGroups.

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
import java.util.HashMap;
import java.util.Map;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
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
            String[] words = line.split("\t");
            var job = new HashMap<String, String>();
            for (String word : Arrays.copyOfRange(words, 1, words.length)) {
                String[] pair = word.split("=", 2);
                job.put(pair[0], pair[1]);
            }
            try {
                if (words[0].equals("client")) client(job);
                else server(job);
                System.out.println("done");
            } catch (Exception error) {
                System.out.println("failed " + error.toString().replace('\n', ' '));
            }
        }
    }

    static void client(Map<String, String> job) throws Exception {
        byte[] content = Files.readAllBytes(Path.of(job.get("file")));
        SSLContext context = context(job, job.containsKey("shows"));
        for (int visit = 0; visit < number(job, "visits"); visit++) {
            long began = System.currentTimeMillis();
            int port = number(job, "port");
            try (var connection = (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
                connection.setSoTimeout(PATIENCE);
                SSLParameters parameters = restricted(job);
                parameters.setEndpointIdentificationAlgorithm("HTTPS"); // the name is to be verified
                connection.setSSLParameters(parameters);
                connection.startHandshake();
                check(connection, visit, began);
                var session = (ExtendedSSLSession) connection.getSession();
                if (job.containsKey("status")) {
                    byte[] status = Files.readAllBytes(Path.of(job.get("status")));
                    if (!Arrays.equals(status, session.getStatusResponses().get(0))) {
                        throw new IOException("another OCSP response");
                    }
                }
                if (job.containsKey("updates")) connection.startHandshake(); // after a handshake: a KeyUpdate
                for (int round = 0; round < number(job, "rounds"); round++) {
                    connection.getOutputStream().write(content);
                    byte[] received = connection.getInputStream().readNBytes(content.length);
                    if (!Arrays.equals(received, content)) throw new IOException("something else came back");
                }
            }
        }
    }

    static void server(Map<String, String> job) throws Exception {
        int size = number(job, "size");
        var factory = context(job, true).getServerSocketFactory();
        var loopback = InetAddress.getByName("127.0.0.1");
        try (var listener = (SSLServerSocket) factory.createServerSocket(0, 1, loopback)) {
            listener.setSoTimeout(PATIENCE);
            SSLParameters parameters = restricted(job);
            String asks = job.getOrDefault("asks", "");
            if (asks.equals("request")) parameters.setWantClientAuth(true);
            if (asks.equals("require")) parameters.setNeedClientAuth(true);
            listener.setSSLParameters(parameters);
            System.out.println("listening " + listener.getLocalPort());
            for (int visit = 0; visit < number(job, "visits"); visit++) {
                try (var connection = (SSLSocket) listener.accept()) {
                    long began = System.currentTimeMillis();
                    connection.setSoTimeout(PATIENCE);
                    connection.startHandshake();
                    check(connection, visit, began);
                    if (isKnown(connection) != job.containsKey("shows")) throw new IOException("the client's certificate");
                    if (job.containsKey("updates")) connection.startHandshake(); // after a handshake: a KeyUpdate
                    for (int round = 0; round < number(job, "rounds"); round++) {
                        byte[] received = connection.getInputStream().readNBytes(size);
                        if (received.length < size) throw new IOException("cut short");
                        connection.getOutputStream().write(received);
                    }
                }
            }
        }
    }

    static void check(SSLSocket connection, int visit, long began) throws IOException {
        boolean resumed = connection.getSession().getCreationTime() < began;
        if (resumed != visit > 0) throw new IOException("the session was resumed: " + resumed);
    }

    static boolean isKnown(SSLSocket connection) {
        try {
            return connection.getSession().getPeerCertificates().length > 0;
        } catch (SSLPeerUnverifiedException error) {
            return false;
        }
    }

    static SSLContext context(Map<String, String> job, boolean identified) throws Exception {
        var anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        try (InputStream ca = Files.newInputStream(Path.of(job.get("ca")))) {
            anchors.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(ca));
        }
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(anchors);
        KeyManager[] keys = null;
        if (identified) {
            var manager = KeyManagerFactory.getInstance("PKIX");
            manager.init(KeyStore.getInstance(Path.of(job.get("certificate")).toFile(), PASSWORD), PASSWORD);
            keys = manager.getKeyManagers();
        }
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(keys, trust.getTrustManagers(), null);
        return context;
    }

    static SSLParameters restricted(Map<String, String> job) {
        var parameters = new SSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        if (job.containsKey("suite")) parameters.setCipherSuites(new String[] {job.get("suite")});
        return parameters;
    }

    static int number(Map<String, String> job, String name) {
        return Integer.parseInt(job.get(name));
    }
}
