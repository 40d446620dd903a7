// Node's tls as a peer.  One job a line on standard input, with tabs between its words:
//
//     client PORT CA SUITE GROUPS FILE         send the file, and have it back
//     server CERTIFICATE KEY SUITE GROUPS SIZE read so many bytes, and send them back
//
// A server answers "listening PORT"; each job ends with "done" or "failed REASON".

const fs = require("fs");
const readline = require("readline");
const tls = require("tls");

const say = (line) => process.stdout.write(line.replaceAll("\n", " ") + "\n");
const failed = (error) => say(`failed ${error.code || ""} ${error.message}`);

function restricted(suite, groups, more) {
  return {
    minVersion: "TLSv1.3",
    ...(suite && { ciphers: suite }),
    ...(groups && { ecdhCurve: groups.replaceAll(",", ":") }),
    ...more,
  };
}

function client(port, ca, suite, groups, file, finish) {
  const content = fs.readFileSync(file);
  const received = [];
  const options = restricted(suite, groups, { port: Number(port), ca: fs.readFileSync(ca) });
  const connection = tls.connect({ host: "localhost", servername: "localhost", ...options });
  connection.on("secureConnect", () => connection.write(content));
  connection.on("error", (error) => finish(() => failed(error)));
  connection.on("close", () => finish(() => say("failed cut short")));
  let missing = content.length;
  connection.on("data", (data) => {
    received.push(data);
    missing -= data.length;
    if (missing > 0) return;
    const same = Buffer.concat(received).equals(content);
    finish(() => say(same ? "done" : "failed something else came back"));
    connection.end();
  });
}

function server(certificate, key, suite, groups, size, finish) {
  const credentials = { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) };
  const listener = tls.createServer(restricted(suite, groups, credentials), (connection) => {
    const received = [];
    let missing = Number(size);
    connection.on("data", (data) => {
      received.push(data);
      missing -= data.length;
      if (missing === 0) connection.end(Buffer.concat(received));
    });
    connection.on("error", (error) => missing > 0 && finish(() => failed(error)));
    connection.on("close", () => finish(() => say(missing > 0 ? "failed cut short" : "done")));
  });
  listener.on("connection", () => listener.close()); // one connection is all
  listener.on("tlsClientError", (error) => finish(() => failed(error)));
  listener.listen(0, "127.0.0.1", () => say(`listening ${listener.address().port}`));
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [job, ...words] = line.split("\t");
  let finished = false;
  const finish = (report) => {
    if (!finished) report();
    finished = true;
  };
  try {
    (job === "client" ? client : server)(...words, finish);
  } catch (error) {
    finish(() => failed(error));
  }
});
