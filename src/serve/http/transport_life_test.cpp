#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "serve/http/transport_probe.h"

using namespace aizuchi::serve;
using aizuchi::ground::ErrorCode;

namespace {

// Hands Responders from the server's thread to a test.
class Mailbox {
 public:
  void put(Responder responder) {
    std::lock_guard lock(mutex_);
    held_ = std::move(responder);
    changed_.notify_all();
  }
  Responder take() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(5), [&] { return bool(held_); }));
    return std::move(held_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  Responder held_;
};

}  // namespace

TEST_CASE("A queue that stands is noticed, and forgotten when it is gone") {
  std::atomic<int> given_up = 0, handled = 0;
  Server* here = nullptr;
  const auto slow = [&](Request&, Responder responder) {
    given_up += here->transport->shedding() == Shed::decisions ? 1 : 0;
    ++handled;
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    responder.send({});
  };
  TransportOptions options;
  options.shed_after = aizuchi::ground::Duration{10};
  Server server(slow, options);
  here = &server;
  const auto ask = [&](int times) {
    Client client(server);
    for (int i = 0; i < times; ++i) {
      REQUIRE(client.send(post("")));
      CHECK(status_of(client.answer()) == 200);
    }
  };
  ask(3);
  CHECK(given_up == 0);  // alone, nobody waits
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 10; ++i) clients.emplace_back([&] { ask(15); });
  }
  CHECK(given_up > 0);
  CHECK(given_up < handled);
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  const int before = given_up;
  ask(1);
  CHECK(given_up == before);
}

TEST_CASE("A Responder may answer from another thread, also after its client has gone") {
  Mailbox mailbox;
  Server server([&](Request&, Responder responder) { mailbox.put(std::move(responder)); });
  for (int i = 0; i < 20; ++i) {
    Client client(server);
    REQUIRE(client.send(post("x")));
    auto responder = mailbox.take();
    responder.send({.body = std::to_string(i)});
    CHECK_FALSE(bool(responder));
    responder.send({.body = "twice"});
    CHECK(client.answer().ends_with("\r\n\r\n" + std::to_string(i)));
  }
  for (bool rudely : {false, true}) {
    Client client(server);
    REQUIRE(client.send(post("x")));
    auto responder = mailbox.take();
    rudely ? client.reset() : client.leave();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    responder.send({.body = std::string(1'000'000, 'x')});
  }
  CHECK(server.soon([](const auto& stats) { return stats.connections_open == 0; }));
}

TEST_CASE("The request's views hold while the Responder lives, even when the client has gone") {
  Mailbox mailbox;
  std::string_view body;
  std::string_view path;
  Server server([&](Request& request, Responder responder) {
    body = request.body;
    path = request.path;
    mailbox.put(std::move(responder));
  });
  Client client(server);
  REQUIRE(client.send(post(std::string(200'000, 'b'))));
  auto responder = mailbox.take();
  client.reset();
  server.stop();
  server.transport.reset();
  CHECK(body == std::string(200'000, 'b'));
  CHECK(path == "/p");
  responder.send({});  // into the void
}

TEST_CASE("A dropped Responder and a throwing handler answer 500, and the connection stays") {
  Server server([](Request& request, Responder responder) {
    if (request.path == "/throw") throw std::runtime_error("secret inside");
    if (request.path == "/later") std::thread([r = std::move(responder)]() mutable {}).detach();
  });
  Client client(server);
  for (std::string_view path : {"/drop", "/throw", "/later"}) {
    REQUIRE(client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    const auto answer = client.answer();
    CHECK(status_of(answer) == 500);
    CHECK(contains(answer, "{\"error\":{\"code\":\"internal\""));
    CHECK_FALSE(contains(answer, "secret"));
  }
  CHECK(server.transport->stats().refused_for(Refusal::unanswered) == 3);
}

TEST_CASE("An answer with a line break in a header becomes 500 instead of two answers") {
  Server server([](Request& request, Responder responder) {
    responder.send({.status = 302, .headers = {{"Location", std::string(request.body)}}});
  });
  Client client(server);
  REQUIRE(client.send(post("/ok")));
  CHECK(contains(client.answer(), "Location: /ok\r\n"));
  REQUIRE(client.send(post("/x\r\nSet-Cookie: a=b")));
  const auto answer = client.answer();
  CHECK(status_of(answer) == 500);
  CHECK_FALSE(contains(answer, "Set-Cookie"));
}

TEST_CASE("The transport's own refusals can be decorated, with the request where it was read") {
  TransportOptions options;
  options.decorate_refusal = [](const Request* request, Response& answer) {
    answer.headers.emplace_back("X-Origin", request ? std::string(request->header("origin")) : "?");
  };
  Server server([](Request&, Responder) {}, options);
  Client client(server);
  REQUIRE(client.send(post("x", "Origin: https://a.example\r\n")));
  CHECK(contains(client.answer(), "X-Origin: https://a.example\r\n"));
  REQUIRE(client.send(post("x", "Origin: https://b.example\r\nContent-Encoding: br\r\n")));
  CHECK(contains(client.answer(), "X-Origin: https://b.example\r\n"));
  Client second(server);
  REQUIRE(second.send("nonsense\r\n\r\n"));
  CHECK(contains(second.answer(), "X-Origin: ?\r\n"));
}

TEST_CASE("A stream's pieces arrive as they are written, from any thread, and end in order") {
  Mailbox mailbox;
  Server server([&](Request& request, Responder responder) {
    if (request.path == "/p") return responder.send({.body = "after"});
    mailbox.put(std::move(responder));
  });
  Client client(server);
  REQUIRE(client.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n" + post("x")));
  {
    auto stream =
        mailbox.take().stream({.content_type = "text/event-stream", .body = "data: 0\n\n"});
    CHECK(contains(client.answer(), "Transfer-Encoding: chunked\r\n"));
    for (int i = 1; i < 3; ++i) {
      CHECK(stream.write("data: " + std::to_string(i) + "\n\n"));
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  const auto all = client.answer();  // up to the next answer's head and body
  CHECK(all.starts_with("9\r\ndata: 0\n\n\r\n9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n"));
  CHECK(client.answer().ends_with("after"));
}

TEST_CASE("A stream whose head is not valid HTTP becomes 500, and its writes lead nowhere") {
  Mailbox mailbox;
  Server server([&](Request&, Responder responder) { mailbox.put(std::move(responder)); });
  Client client(server);
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  auto stream = mailbox.take().stream({.headers = {{"X", "a\nb"}}});
  CHECK(status_of(client.rest()) == 500);
  CHECK_FALSE(stream.write("more"));
}

TEST_CASE("A stream learns that its client has gone, and one that is not read is cut off") {
  Mailbox mailbox;
  Server server([&](Request&, Responder responder) { mailbox.put(std::move(responder)); });
  {
    Client client(server);
    REQUIRE(client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n"));
    auto stream = mailbox.take().stream({.content_type = "text/event-stream"});
    CHECK(stream.write("plain until the end"));
    stream.end();
    CHECK(client.rest().ends_with("\r\n\r\nplain until the end"));
  }
  const auto writes_until_told = [](ResponseStream& stream) {
    for (int i = 0; i < 2000; ++i) {
      if (!stream.write(std::string(20'000, 'x'))) return i;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return 2000;
  };
  Client gone(server);
  REQUIRE(gone.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  auto first = mailbox.take().stream({});
  gone.reset();
  CHECK(writes_until_told(first) < 500);
  Client deaf(server);
  REQUIRE(deaf.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  auto second = mailbox.take().stream({});
  CHECK(writes_until_told(second) < 2000);
  CHECK(server.soon([](const auto& stats) { return stats.connections_open == 0; }));
}

TEST_CASE("Clients that leave at any point leave nothing behind") {
  Server server(echo);
  const auto request = post("hello") + post("again");
  for (size_t cut = 0; cut < request.size(); cut += 3) {
    Client client(server);
    REQUIRE(client.send(request.substr(0, cut)));
    cut % 2 ? client.reset() : client.leave();
  }
  CHECK(server.soon([](const auto& stats) { return stats.connections_open == 0; }));
  Client client(server);
  REQUIRE(client.send(post("x")));
  CHECK(status_of(client.answer()) == 200);
}

TEST_CASE(
    "Stopping closes idle clients at once, finishes open requests, and gives up after grace") {
  Mailbox mailbox;
  Server server(
      [&](Request& request, Responder responder) {
        if (request.path == "/p") return responder.send({});
        mailbox.put(std::move(responder));
      },
      {.stop_grace = {400}});
  Client idle(server);
  REQUIRE(idle.send(post("x")));
  CHECK(status_of(idle.answer()) == 200);
  Client open(server);
  REQUIRE(open.send("GET /open HTTP/1.1\r\nHost: a\r\n\r\n"));
  auto finished = mailbox.take();
  Client stuck(server);
  REQUIRE(stuck.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n"));
  auto never = mailbox.take();
  const auto start = steady_clock::now();
  server.transport->stop();
  CHECK(idle.rest() == "");
  CHECK(ms_since(start) < 300);
  finished.send({.body = "done"});
  const auto answer = open.rest();
  CHECK(answer.ends_with("done"));
  CHECK(contains(answer, "Connection: close\r\n"));
  server.stop();
  CHECK(ms_since(start) >= 390);
  CHECK(ms_since(start) < 2000);
  CHECK(stuck.rest() == "");
  CHECK_FALSE(server.transport->stats().connections_open);
}

TEST_CASE("Posted work and timers run on the serving thread, in order, until the stop") {
  Server server(echo);
  std::mutex mutex;
  std::vector<int> seen;
  std::thread::id serving;
  std::atomic<int> ticks = 0;
  server.transport->every({5}, [&] { ++ticks; });
  std::vector<std::jthread> posters;
  for (int i = 0; i < 100; ++i) {
    server.transport->post([&, i] {
      std::lock_guard lock(mutex);
      serving = std::this_thread::get_id();
      seen.push_back(i);
    });
  }
  CHECK(server.soon([&](const auto&) {
    std::lock_guard lock(mutex);
    return seen.size() == 100 && ticks >= 5;
  }));
  CHECK(std::ranges::is_sorted(seen));
  CHECK(serving != std::this_thread::get_id());
  server.stop();
  const int last = ticks;
  server.transport->post([&] { ticks = 1'000'000; });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK(ticks == last);
}

TEST_CASE("Several threads share one port, and each answers") {
  Server server(echo, {.threads = 3});
  std::vector<std::jthread> clients;
  std::atomic<int> good = 0;
  for (int t = 0; t < 8; ++t) {
    clients.emplace_back([&] {
      for (int c = 0; c < 5; ++c) {
        Client client(server);
        for (int i = 0; i < 20; ++i) {
          if (client.send(post("x")) && status_of(client.answer()) == 200) ++good;
        }
      }
    });
  }
  clients.clear();
  CHECK(good == 8 * 5 * 20);
  CHECK(server.transport->stats().requests == 8 * 5 * 20);
}

TEST_CASE("An address that cannot be listened on is told, and why") {
  Server server(echo);
  const auto taken = Transport::listen({.port = server.transport->port()}, echo);
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == ErrorCode::conflict);
  CHECK(Transport::listen({.address = "localhost"}, echo).error().code == ErrorCode::invalid);
  CHECK(Transport::listen({.address = "192.0.2.1"}, echo).error().code == ErrorCode::unavailable);
  // One that never runs is taken down without trouble.
  auto unused = Transport::listen({}, echo);
  REQUIRE(unused.has_value());
  (*unused)->post([] {});
  (*unused)->stop();
}
