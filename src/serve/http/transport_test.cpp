#include <doctest/doctest.h>
#include <zlib.h>

#include <mutex>
#include <vector>

#include "serve/http/transport_probe.h"

using namespace aizuchi::serve;

namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("Requests on one connection are answered in order, and the connection stays") {
  Server server(echo);
  Client client(server);
  REQUIRE(client.send(post("one")));
  const auto first = client.answer();
  CHECK(first.starts_with("HTTP/1.1 200 OK\r\nDate: "));
  CHECK(first.ends_with("\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nPOST /p [one]"));
  REQUIRE(client.send("GET /x?y HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(client.answer().ends_with("GET /x []"));
  REQUIRE(client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(client.answer().ends_with("OPTIONS * []"));
  CHECK(server.transport->stats().connections_total == 1);
  CHECK(server.transport->stats().requests == 3);
}

TEST_CASE("Pipelined requests are answered in order, whether the handler is quick or late") {
  std::mutex mutex;
  std::vector<std::jthread> late;
  Server server([&](Request& request, Responder responder) {
    std::string body(request.body);
    if (request.path == "/quick") return responder.send({.body = body});
    std::lock_guard lock(mutex);
    late.emplace_back([body, responder = std::move(responder)]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      responder.send({.body = body});
    });
  });
  Client client(server);
  std::string all;
  for (int i = 0; i < 30; ++i) {
    const auto body = std::to_string(i);
    all += std::string("POST ") + (i % 3 == 0 ? "/late" : "/quick") +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }
  REQUIRE(client.send(all));
  for (int i = 0; i < 30; ++i) CHECK(client.answer().ends_with("\r\n\r\n" + std::to_string(i)));
  server.stop();
}

TEST_CASE("A request cut into packets at any byte is understood the same") {
  Server server(echo);
  const auto request = post("hello", "X-A: b\r\n");
  Client client(server);
  for (size_t cut = 1; cut < request.size(); ++cut) {
    REQUIRE(client.send(request.substr(0, cut)));
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    REQUIRE(client.send(request.substr(cut)));
    CHECK(client.answer().ends_with("POST /p [hello]"));
  }
  for (char c : request) REQUIRE(client.send({&c, 1}));
  CHECK(client.answer().ends_with("POST /p [hello]"));
}

TEST_CASE("What could smuggle a second request is refused with 400 and the connection closed") {
  using namespace std::string_literals;
  Server server(echo);
  const std::string start = "POST /v1/track HTTP/1.1\r\nHost: a\r\n";
  const std::string smuggled = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::string& request :
       {start + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nAAAAA",
        start + "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\nAAAAA",
        start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        start + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        start + "Transfer-Encoding: chunked, identity\r\n\r\n5\r\nAAAAA\r\n0\r\n\r\n",
        start + "Transfer-Encoding: xchunked\r\n\r\n5\r\nAAAAA\r\n0\r\n\r\n",
        start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nAAAAA",
        start + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nAAAAA",
        start + "Content-Length: +5\r\n\r\nAAAAA", start + "Content-Length: 5, 5\r\n\r\nAAAAA",
        start + "Content-Length : 5\r\n\r\nAAAAA",
        "POST /v1/track HTTP/1.1\nHost: a\nContent-Length: 5\n\nAAAAA"s,
        start + "X: 1\r\n 2\r\nContent-Length: 5\r\n\r\nAAAAA",
        start + "Transfer-Encoding: chunked\r\n\r\n5;a\nAAAAA\r\n0\r\n\r\n",
        start + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nAAAAA\r\n0\r\n\r\n",
        "POST /v1/track HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: "
        "chunked\r\n\r\n5\r\nAAAAA\r\n0\r\n\r\n"s,
        start + "X: a\0b\r\nContent-Length: 5\r\n\r\nAAAAA"s,
        "POST /v1/track HTTP/1.1\r\nContent-Length: 5\r\n\r\nAAAAA"s}) {
    CAPTURE(request);
    Client client(server);
    REQUIRE(client.send(request + smuggled));
    const auto all = client.rest();
    CHECK(status_of(all) == 400);
    CHECK(contains(all, "\r\nConnection: close\r\n"));
    CHECK(contains(all, "{\"error\":{\"code\":\"bad_"));
    CHECK_FALSE(contains(all, "/admin"));
    CHECK_FALSE(client.timed_out);
  }
  CHECK(server.transport->stats().requests == 0);
  CHECK(server.transport->stats().refused_for(Refusal::bad_framing) == 11);
}

TEST_CASE("HEAD is told the length of what GET would say, and no body") {
  Server server([](Request&, Responder responder) { responder.send({.body = "0123456789"}); });
  Client client(server);
  REQUIRE(client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto head = client.answer(false);
  CHECK(contains(head, "Content-Length: 10\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  CHECK(client.rest().ends_with("\r\n\r\n0123456789"));
}

TEST_CASE("An answer of 204 or 304 has neither body nor length") {
  Server server([](Request& request, Responder responder) {
    responder.send({.status = request.path == "/204" ? 204 : 304, .body = "never sent"});
  });
  Client client(server);
  for (std::string_view path : {"/204", "/304", "/204"}) {
    REQUIRE(client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto answer = client.answer();
    CHECK(contains(answer, std::string(path.substr(1))));
    CHECK_FALSE(contains(answer, "Content-Length"));
    CHECK_FALSE(contains(answer, "never"));
  }
}

TEST_CASE("Connection: close is honoured, and HTTP/1.0 closes unless it asks to stay") {
  Server server(echo);
  {
    Client client(server);
    REQUIRE(client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    CHECK(contains(client.rest(), "Connection: close\r\n"));
    CHECK_FALSE(client.timed_out);
  }
  {
    Client client(server);
    REQUIRE(client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
    CHECK(status_of(client.rest()) == 200);
    CHECK_FALSE(client.timed_out);
  }
  Client client(server);
  REQUIRE(client.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"));
  CHECK(contains(client.answer(), "Connection: keep-alive\r\n"));
  REQUIRE(client.send("POST / HTTP/1.0\r\nHost: a\r\n\r\n"));
  CHECK(status_of(client.rest()) == 411);
}

TEST_CASE("100 Continue is sent before the body is asked for, and not before a refusal") {
  Server server(echo);
  Client client(server);
  REQUIRE(
      client.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n"
                  "\r\n"));
  CHECK(client.answer() == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(client.send("hello"));
  CHECK(client.answer().ends_with("POST /p [hello]"));
  REQUIRE(
      client.send("POST /p HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                  "Content-Length: 5000000\r\n\r\n"));
  CHECK(status_of(client.answer()) == 413);
}

TEST_CASE("A body above the limit is answered 413, naming the limit, even while it is being sent") {
  Server server(echo, {.limits = {.body_bytes_max = 100'000}});
  Client exact(server);
  REQUIRE(exact.send(post(std::string(100'000, 'x'))));
  CHECK(status_of(exact.answer()) == 200);
  Client client(server);
  client.send(post(std::string(1'000'000, 'x')));
  const auto all = client.rest();
  CHECK(status_of(all) == 413);
  CHECK(contains(all, "body_too_large"));
  CHECK(contains(all, "100000 bytes"));
  CHECK(server.soon([](const auto& stats) { return stats.connections_open == 1; }));
}

TEST_CASE("Too long or too many headers are answered 431") {
  Server server(echo);
  Client client(server);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: " + std::string(60'000, 'c') + "\r\n\r\n");
  const auto all = client.rest();
  CHECK(status_of(all) == 431);
  CHECK(contains(all, "16384 bytes"));
}

TEST_CASE("Compressed bodies: read, refused when corrupt, stopped when a bomb, 415 when unknown") {
  Server server(echo);
  Client client(server);
  REQUIRE(client.send(post(gzip("hello"), "Content-Encoding: gzip\r\n")));
  CHECK(client.answer().ends_with("POST /p [hello]"));
  REQUIRE(client.send(post("not gzip", "Content-Encoding: gzip\r\n")));
  CHECK(status_of(client.answer()) == 400);
  REQUIRE(client.send(post(gzip(std::string(20'000'000, 'x')), "Content-Encoding: gzip\r\n")));
  const auto bomb = client.answer();
  CHECK(status_of(bomb) == 413);
  CHECK(contains(bomb, "inflated_too_large"));
  REQUIRE(client.send(post(gzip("still here"), "Content-Encoding: gzip\r\n")));
  CHECK(client.answer().ends_with("POST /p [still here]"));
  REQUIRE(client.send(post("x", "Content-Encoding: br\r\n")));
  CHECK(status_of(client.rest()) == 415);
}

TEST_CASE("A client slow with its headers or body is told 408 and closed") {
  Server server(echo, {.header_timeout = {150}, .body_timeout = {150}, .idle_timeout = {400}});
  {
    const auto start = steady_clock::now();
    Client client(server);
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    // A byte now and then does not keep it open.
    for (size_t i = 0; i < 40; ++i) {
      if (!client.send(i < head.size() ? head.substr(i, 1) : "x")) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(status_of(client.rest()) == 408);
    CHECK(ms_since(start) < 1500);
  }
  {
    Client client(server);
    REQUIRE(client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"));
    CHECK(contains(client.rest(), "body_timeout"));
  }
  {
    Client silent(server);
    CHECK(silent.rest() == "");
    CHECK_FALSE(silent.timed_out);
  }
  Client idle(server);
  REQUIRE(idle.send(post("x")));
  CHECK(status_of(idle.answer()) == 200);
  const auto start = steady_clock::now();
  CHECK(idle.rest() == "");
  CHECK(ms_since(start) > 300);
  CHECK(server.transport->stats().refused_for(Refusal::header_timeout) == 1);
  CHECK(server.transport->stats().refused_for(Refusal::body_timeout) == 1);
}

TEST_CASE("A client that does not take its answer is cut off") {
  Server server(
      [](Request&, Responder responder) { responder.send({.body = std::string(30'000'000, 'x')}); },
      {.write_timeout = {200}});
  Client client(server);
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(server.soon([](const auto& stats) { return stats.connections_open == 1; }));
  CHECK(server.soon([](const auto& stats) { return stats.connections_open == 0; }));
  CHECK(client.rest().size() < 30'000'000);
}

TEST_CASE("A large answer arrives whole") {
  Server server(
      [](Request&, Responder responder) { responder.send({.body = std::string(9'000'000, 'x')}); });
  Client client(server);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto answer = client.answer();
    CHECK(answer.size() - answer.find("\r\n\r\n") - 4 == 9'000'000);
  }
}

TEST_CASE("One connection too many is told 429") {
  Server server(echo, {.connections_max = 2});
  Client first(server);
  Client second(server);
  REQUIRE(first.send(post("1")));
  REQUIRE(second.send(post("2")));
  CHECK(status_of(first.answer()) == 200);
  CHECK(status_of(second.answer()) == 200);
  Client third(server);
  const auto told = third.rest();
  CHECK(status_of(told) == 429);
  CHECK(contains(told, "Retry-After: 1\r\n"));
  first.leave();
  CHECK(server.soon([](const auto& stats) { return stats.connections_open == 1; }));
  Client fourth(server);
  REQUIRE(fourth.send(post("4")));
  CHECK(status_of(fourth.answer()) == 200);
}

TEST_CASE("Whoever holds every connection and says nothing gives way to who has something to ask") {
  Server server(echo, {.connections_max = 2});
  Client quiet(server);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  Client slow(server);
  REQUIRE(slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Le"));
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  Client honest(server);
  REQUIRE(honest.send(post("1")));
  CHECK(status_of(honest.answer()) == 200);
  CHECK(quiet.rest().empty());  // it was silent longest
  Client another(server);
  REQUIRE(another.send(post("2")));
  CHECK(status_of(another.answer()) == 200);
  CHECK(status_of(slow.rest()) == 408);
  // Those two have just been answered: they are not silent.
  CHECK(status_of(Client(server).rest()) == 429);
}

TEST_CASE("Many large bodies at once are told 429 before they fill the memory") {
  Server server(echo, {.buffered_bytes_max = 1'500'000});
  const std::string half =
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(600'000, 'x');
  {
    Client first(server);
    REQUIRE(first.send(half));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    Client second(server);
    second.send(half);
    const auto told = second.rest();
    CHECK(status_of(told) == 429);
    CHECK(contains(told, "overloaded"));
    CHECK(contains(told, "Retry-After"));
    REQUIRE(first.send(std::string(400'000, 'x')));
    CHECK(status_of(first.answer()) == 200);
  }
  for (int i = 0; i < 5; ++i) {  // what was held has been given back
    CHECK(server.soon([](const auto& stats) { return stats.connections_open == 0; }));
    Client later(server);
    REQUIRE(later.send(half));
    REQUIRE(later.send(std::string(400'000, 'x')));
    CHECK(status_of(later.answer()) == 200);
  }
}
