// The only door that leads outside: what goes through it, and where it does not go.
#include "serve/courier/courier.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "serve/http/address.h"
#include "serve/http/transport_probe.h"

using namespace aizuchi;
using namespace aizuchi::serve;

namespace {

AddressRanges named(const std::vector<std::string>& ranges) {
  return AddressRanges::parse(ranges, "--webhook-network").value();
}

// One delivery, waited for.
Delivery deliver(Courier& courier, const std::string& url, std::string body = "{}") {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Delivery> out;
  courier.deliver({.url = url,
                   .id = "msg_1",
                   .timestamp = "17",
                   .signature = "v1,xyz",
                   .body = std::move(body)},
                  [&](const Delivery& delivery) {
                    const std::lock_guard lock(mutex);
                    out = delivery;
                    changed.notify_all();
                  });
  std::unique_lock lock(mutex);
  REQUIRE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return out.has_value(); }));
  return *out;
}

// A receiver on this machine; what it was told last.
struct Receiver {
  explicit Receiver(Response answer)
      : server([this, answer](Request& request, Responder responder) {
          {
            const std::lock_guard lock(mutex);
            ++asked;
            method = request.method;
            body = request.body;
            id = request.header("webhook-id");
            signature = request.header("webhook-signature");
            timestamp = request.header("webhook-timestamp");
            type = request.header("content-type");
          }
          responder.send(Response(answer));
        }) {}
  std::string url(const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(server.transport->port()) + "/in";
  }
  std::mutex mutex;
  int asked = 0;
  std::string method, body, id, signature, timestamp, type;
  Server server;
};

}  // namespace

TEST_CASE("A message arrives as Standard Webhooks says, and the answer's status comes back") {
  Receiver receiver({.status = 204, .content_type = ""});
  const auto courier = curl_courier(named({"127.0.0.0/8"}));
  const Delivery done = deliver(*courier, receiver.url(), R"({"type":"webhook.test"})");
  CHECK(done.status == 204);
  CHECK(done.trouble.empty());
  const std::lock_guard lock(receiver.mutex);
  CHECK(receiver.method == "POST");
  CHECK(receiver.body == R"({"type":"webhook.test"})");
  CHECK(receiver.id == "msg_1");
  CHECK(receiver.signature == "v1,xyz");
  CHECK(receiver.timestamp == "17");
  CHECK(receiver.type == "application/json");
}

TEST_CASE("Retry-After is read, and a redirect is an answer like another") {
  Response busy{.status = 503, .body = std::string(200'000, 'x')};
  busy.headers.emplace_back("Retry-After", "120");
  Receiver receiver(busy);
  const auto courier = curl_courier(named({"127.0.0.0/8"}));
  const Delivery done = deliver(*courier, receiver.url());
  CHECK(done.status == 503);
  REQUIRE(done.retry_after.has_value());
  CHECK(done.retry_after->ms == 120'000);

  Response elsewhere{.status = 307};
  elsewhere.headers.emplace_back("Location", receiver.url());
  Receiver redirecting(elsewhere);
  CHECK(deliver(*courier, redirecting.url()).status == 307);
  const std::lock_guard lock(receiver.mutex);
  CHECK(receiver.asked == 1);
}

TEST_CASE("Nothing goes into a network that is neither public nor named") {
  Receiver receiver({.status = 200});
  const auto courier = curl_courier(named({}));
  // Refused when it is named, and again when it is gone to: a name may lead anywhere by then.
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    CHECK(!courier->objection(receiver.url(host)).empty());
    const Delivery done = deliver(*courier, receiver.url(host));
    CHECK(done.status == 0);
    CHECK(done.trouble == "its name leads into a network that is not open to the public");
  }
  const std::lock_guard lock(receiver.mutex);
  CHECK(receiver.asked == 0);
  CHECK(courier->objection("https://crm.example/in").empty());
  CHECK(!courier->objection("http://crm.example/in").empty());
  for (const char* url : {"https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest",
                          "https://[fd00::1]/", "https://100.64.0.1/", "https://0.0.0.0/",
                          "https://[::ffff:10.0.0.1]/", "https://2130706433/", "https://0x7f.1/"})
    CHECK_MESSAGE(!courier->objection(url).empty(), url);
}

TEST_CASE("A receiver that is not there is told in words that name nobody") {
  std::string url;
  {
    Receiver receiver({.status = 200});
    url = receiver.url();
  }
  const auto courier = curl_courier(named({"127.0.0.0/8"}));
  const Delivery done = deliver(*courier, url);
  CHECK(done.status == 0);
  CHECK(!done.trouble.empty());
  CHECK(done.trouble.find("127.0.0.1") == std::string::npos);
}

TEST_CASE("Public addresses are told from the others by the registries") {
  for (const char* text : {"8.8.8.8", "1.1.1.1", "2606:4700::1111", "203.0.112.1", "172.32.0.1"})
    CHECK_MESSAGE(parse_net_address(text)->is_public(), text);
  for (const char* text :
       {"10.0.0.1",       "172.16.0.1",  "172.31.255.255", "192.168.1.1", "127.0.0.1",
        "0.0.0.0",        "169.254.1.1", "100.100.0.1",    "224.0.0.1",   "255.255.255.255",
        "192.0.2.1",      "198.18.0.1",  "203.0.113.9",    "::1",         "::",
        "fe80::1",        "fd12::1",     "ff02::1",        "2001:db8::1", "2002::1",
        "64:ff9b::a00:1", "2001::1"})
    CHECK_MESSAGE(!parse_net_address(text)->is_public(), text);
}
