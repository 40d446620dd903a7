// Node's tls as a peer.  One job a line on standard input, with tabs between its words:
//
//     client port=PORT file=FILE ...      send the file, and have it back
//     server size=SIZE ...                read so many bytes, and send them back
//
// and further of each: ca=, certificate=, key=, suite=, groups=, visits=, rounds=, asks=, shows=, status=,
// psk=, identity=, alone=.  A server answers "listening PORT"; each job ends with "done" or "failed REASON".

const { constants } = require("crypto");
const fs = require("fs");
const readline = require("readline");
const tls = require("tls");

const say = (line) => process.stdout.write(line.replaceAll("\n", " ") + "\n");

function options(job, identified) {
  return {
    minVersion: "TLSv1.3",
    ca: fs.readFileSync(job.ca),
    ...(job.suite && { ciphers: job.suite }),
    ...(job.groups && { ecdhCurve: job.groups.replaceAll(",", ":") }),
    ...(job.alone && { secureOptions: constants.SSL_OP_ALLOW_NO_DHE_KEX }),
    ...(identified && { cert: fs.readFileSync(job.certificate), key: fs.readFileSync(job.key) }),
  };
}

const resumedAsItShould = (connection, visit, job) => {
  if (connection.isSessionReused() !== (visit > 0 || Boolean(job.psk))) throw new Error("resumed or not, it should not be so");
};

function client(job, finish) {
  const content = fs.readFileSync(job.file);
  const peer = { host: "localhost", servername: "localhost", port: Number(job.port) };
  const known = { pskCallback: () => ({ psk: Buffer.from(job.psk, "hex"), identity: job.identity }) };
  const common = { ...options(job, job.shows), ...peer, ...(job.psk && known) };
  let session; // the newest ticket
  const come = (visit) => {
    let missing = content.length;
    let rounds = Number(job.rounds);
    let received = [];
    const attempt = (act) => (...what) => {
      try {
        act(...what);
      } catch (error) {
        finish(error);
        connection.destroy();
      }
    };
    const connection = tls.connect({ ...common, session, requestOCSP: Boolean(job.status) });
    connection.on("session", (ticket) => (session = ticket));
    connection.on("OCSPResponse", attempt((response) => {
      if (job.status && !fs.readFileSync(job.status).equals(response)) throw new Error("no OCSP response");
    }));
    connection.on("secureConnect", attempt(() => {
      resumedAsItShould(connection, visit, job);
      connection.write(content);
    }));
    connection.on("error", finish);
    connection.on("close", () => {
      if (rounds > 0) finish(new Error("cut short"));
      else if (visit + 1 < job.visits) come(visit + 1);
      else finish();
    });
    connection.on("data", attempt((data) => {
      received.push(data);
      missing -= data.length;
      if (missing > 0) return;
      if (!Buffer.concat(received).equals(content)) throw new Error("something else came back");
      received = [];
      missing = content.length;
      rounds -= 1;
      if (rounds > 0) connection.write(content);
      else connection.end();
    }));
  };
  come(0);
}

function server(job, finish) {
  const asks = { requestCert: Boolean(job.asks), rejectUnauthorized: job.asks === "require" };
  const known = { pskCallback: (_, identity) => identity === job.identity && Buffer.from(job.psk, "hex") };
  let visit = 0;
  const listener = tls.createServer({ ...options(job, true), ...asks, ...(job.psk && known) }, (connection) => {
    let received = [];
    let missing = Number(job.size);
    let rounds = Number(job.rounds);
    try {
      resumedAsItShould(connection, visit, job);
      if (connection.authorized !== Boolean(job.shows)) throw new Error("the client's certificate");
    } catch (error) {
      finish(error);
      connection.destroy();
    }
    connection.on("data", (data) => {
      received.push(data);
      missing -= data.length;
      if (missing > 0) return;
      connection.write(Buffer.concat(received));
      received = [];
      missing = Number(job.size);
      rounds -= 1;
      if (rounds === 0) connection.end();
    });
    connection.on("error", (error) => rounds > 0 && finish(error));
    connection.on("close", () => {
      visit += 1;
      if (rounds > 0) finish(new Error("cut short"));
      else if (visit >= job.visits) finish();
    });
  });
  let connections = 0;
  listener.on("connection", () => {
    connections += 1;
    if (connections >= job.visits) listener.close();
  });
  listener.on("OCSPRequest", (_certificate, _issuer, callback) =>
    callback(null, job.status ? fs.readFileSync(job.status) : null));
  listener.on("tlsClientError", (error) => {
    listener.close();
    finish(error);
  });
  listener.listen(0, "127.0.0.1", () => say(`listening ${listener.address().port}`));
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [role, ...words] = line.split("\t");
  const job = Object.fromEntries(words.map((word) => word.split(/=(.*)/s, 2)));
  let finished = false;
  const finish = (error) => {
    if (!finished) say(error ? `failed ${error.code || ""} ${error.message}` : "done");
    finished = true;
  };
  try {
    (role === "client" ? client : server)(job, finish);
  } catch (error) {
    finish(error);
  }
});
